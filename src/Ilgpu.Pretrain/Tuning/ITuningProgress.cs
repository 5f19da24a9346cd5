namespace Ilgpu.Pretrain.Tuning;

/// <summary>Told how a tuning comes along.</summary>
public interface ITuningProgress
{
    /// <summary>Before an objective is asked.</summary>
    /// <param name="trials">What it is asked for.</param>
    void OnAsk(IReadOnlyList<TuningTrial> trials);

    /// <summary>After it answered: in the order asked.</summary>
    void OnAnswer(IReadOnlyList<TriedPoint> tried);

    /// <summary>The descent goes from a point to a better one.</summary>
    void OnMove(TuningPoint from, TuningPoint to);
}
