namespace Ilgpu.Pretrain;

/// <summary>
/// Something that was given (a file, a flag, a configuration) cannot be used. The message is one line: what was wrong,
/// what was given, what is taken; what files put into it cannot break the line. The command line prints it and exits with code 2.
/// </summary>
public sealed class InputException : Exception
{
    public InputException(string message)
        : base(Printable.OneLine(message))
    {
    }

    public InputException(string message, Exception inner)
        : base(Printable.OneLine(message), inner)
    {
    }

    /// <summary>The line that a wrong argument gets: its flag, what it was given, what it takes.</summary>
    /// <exception cref="InputException">The value is not valid.</exception>
    public static void ThrowUnless<T>(bool valid, string flag, T given, string takes)
    {
        if (!valid)
            throw new InputException(FormattableString.Invariant($"{flag} was given {given}; it takes {takes}."));
    }
}
