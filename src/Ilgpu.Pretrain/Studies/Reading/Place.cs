namespace Ilgpu.Pretrain.Studies;

/// <summary>A place in a study's file, for messages. Lines and columns count from 1.</summary>
internal readonly record struct Place(string File, long Line, long Column)
{
    /// <summary>One line that begins with the place.</summary>
    public InputException Error(string what, Exception? inner = null)
    {
        string line = $"{this}: {what}";
        return inner is null ? new InputException(line) : new InputException(line, inner);
    }

    public override string ToString() => FormattableString.Invariant($"{File}, line {Line}, column {Column}");
}
