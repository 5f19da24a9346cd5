namespace Ilgpu.Pretrain.Reporting;

/// <summary>Labels one above the other, each as near to where it wants to be as the others let it.</summary>
internal static class LabelStack
{
    /// <summary>
    /// Places that are a height apart at least and keep the order of those wanted: labels that would overlap become one
    /// block, which is centred where its labels want to be on average.
    /// </summary>
    /// <param name="wanted">Centres, in any order.</param>
    /// <param name="height">Of a label.</param>
    /// <param name="low">No centre lies below this, as long as all have room.</param>
    /// <param name="high">No centre lies above this, as long as all have room.</param>
    public static double[] Place(IReadOnlyList<double> wanted, double height, double low, double high)
    {
        int[] order = [.. Enumerable.Range(0, wanted.Count).OrderBy(label => wanted[label])];
        var blocks = new List<Block>();
        foreach (int label in order)
        {
            var block = new Block(Math.Clamp(wanted[label], low, Math.Max(low, high)), 1);
            while (blocks.Count > 0 && blocks[^1].Centre(low, high, height) + (blocks[^1].Half(height) + block.Half(height)) > block.Centre(low, high, height) + 1e-9)
            {
                block = blocks[^1].With(block);
                blocks.RemoveAt(blocks.Count - 1);
            }

            blocks.Add(block);
        }

        var places = new double[wanted.Count];
        int next = 0;
        foreach (Block block in blocks)
        {
            double first = block.Centre(low, high, height) - block.Half(height) + (height / 2);
            for (int i = 0; i < block.Count; i++)
                places[order[next++]] = first + (i * height);
        }

        return places;
    }

    /// <param name="Mean">Of the wanted centres.</param>
    /// <param name="Count">Labels in it.</param>
    private readonly record struct Block(double Mean, int Count)
    {
        public double Half(double height) => Count * height / 2;

        public double Centre(double low, double high, double height)
        {
            double reach = (Count - 1) * height / 2;
            return Math.Max(low + reach, Math.Min(high - reach, Mean));
        }

        public Block With(Block other) => new(((Mean * Count) + (other.Mean * other.Count)) / (Count + other.Count), Count + other.Count);
    }
}
