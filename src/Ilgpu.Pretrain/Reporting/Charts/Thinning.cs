namespace Ilgpu.Pretrain.Reporting;

/// <summary>Fewer points of a long curve that look the same.</summary>
internal static class Thinning
{
    /// <summary>
    /// Largest triangle three buckets (Steinarsson, 'Downsampling Time Series for Visual Representation', 2013): of each
    /// bucket the point that, with the one kept before it and the mean of the next bucket, spans the largest triangle.
    /// Every point that is kept is one of those given; the first and the last are.
    /// </summary>
    /// <param name="points">By x. One that is not finite has no area, and goes first.</param>
    /// <param name="most">Points to keep at most; 3 at least.</param>
    public static IReadOnlyList<ChartPoint> Thin(IReadOnlyList<ChartPoint> points, int most)
    {
        if (points.Count <= most)
            return points;
        var kept = new List<ChartPoint>(most) { points[0] };
        int buckets = most - 2;
        for (int bucket = 0; bucket < buckets; bucket++)
        {
            (int from, int to) = Bounds(bucket, buckets, points.Count);
            (int nextFrom, int nextTo) = bucket + 1 < buckets ? Bounds(bucket + 1, buckets, points.Count) : (points.Count - 1, points.Count);
            kept.Add(Largest(points, from, to, kept[^1], Mean(points, nextFrom, nextTo)));
        }

        kept.Add(points[^1]);
        return kept;
    }

    private static (int From, int To) Bounds(int bucket, int buckets, int count) =>
        (1 + (int)((long)bucket * (count - 2) / buckets), 1 + (int)((long)(bucket + 1) * (count - 2) / buckets));

    private static (double X, double Y) Mean(IReadOnlyList<ChartPoint> points, int from, int to)
    {
        double x = 0, y = 0;
        int count = 0;
        for (int i = from; i < to; i++)
        {
            if (!double.IsFinite(points[i].Y))
                continue;
            x += points[i].X;
            y += points[i].Y;
            count++;
        }

        return count > 0 ? (x / count, y / count) : (points[from].X, 0);
    }

    private static ChartPoint Largest(IReadOnlyList<ChartPoint> points, int from, int to, ChartPoint before, (double X, double Y) after)
    {
        double y = double.IsFinite(before.Y) ? before.Y : 0;
        int best = from;
        double largest = -1;
        for (int i = from; i < to; i++)
        {
            double area = Math.Abs(((before.X - after.X) * (points[i].Y - y)) - ((before.X - points[i].X) * (after.Y - y)));
            if (!(area > largest))
                continue;
            largest = area;
            best = i;
        }

        return points[best];
    }
}
