namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>What a law is a function of, or predicts: a column of a table.</summary>
/// <param name="Name">As in the law's form; the flag that names its column is the same in lower case.</param>
/// <param name="Meaning">With its unit.</param>
public sealed record LawVariable(string Name, string Meaning)
{
    public string Flag => "--" + Name.ToLowerInvariant();

    /// <summary>Whether a table may do without it.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Whether its values are words, like an optimizer's name; else they are positive numbers.</summary>
    public bool IsWord { get; init; }

    /// <summary>Whether 0 is a value it can have.</summary>
    public bool TakesZero { get; init; }

    /// <summary>Whether a fit needs different values of it.</summary>
    public bool MustVary { get; init; }

    /// <summary>Whether a larger value should bring a lower loss.</summary>
    public bool Helps { get; init; }

    /// <summary>Columns that hold it where none is named, matched without regard to case.</summary>
    public IReadOnlyList<string> UsualColumns { get; init; } = [];

    /// <summary>Columns that hold it where there are such, rather than one of its own name.</summary>
    public IReadOnlyList<string> PreferredColumns { get; init; } = [];

    public static LawVariable Parameters { get; } = new("N", "parameters") { MustVary = true, Helps = true, UsualColumns = ["n", "parameters", "params", "n_params"] };

    public static LawVariable Tokens { get; } = new("D", "training tokens") { MustVary = true, Helps = true, UsualColumns = ["d", "tokens", "d_tokens"] };

    public static LawVariable Members { get; } = new("K", "ensemble members") { MustVary = true, Helps = true, UsualColumns = ["k", "members"] };

    public static LawVariable Loss { get; } = new("loss", "validation loss, nats a token") { UsualColumns = ["loss", "val_loss", "final_loss"] };

    /// <summary>The only one of several that is among those given; another where none is.</summary>
    /// <exception cref="InputException">More than one is.</exception>
    internal static LawVariable TheOneOf(IReadOnlyList<LawVariable> choices, IReadOnlyCollection<string> given, string law, LawVariable otherwise)
    {
        LawVariable[] chosen = [.. choices.Where(choice => given.Contains(choice.Name))];
        return chosen.Length <= 1
            ? chosen.FirstOrDefault(otherwise)
            : throw new InputException($"{string.Join(" and ", chosen.Select(choice => choice.Flag))} were given; the law {law} is over one of {string.Join(", ", choices.Select(choice => choice.Name))}.");
    }
}
