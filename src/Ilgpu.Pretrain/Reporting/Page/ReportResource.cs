namespace Ilgpu.Pretrain.Reporting;

/// <summary>Styles and scripts that the library carries.</summary>
internal static class ReportResource
{
    public static string Read(string name)
    {
        using Stream stream = typeof(ReportResource).Assembly.GetManifestResourceStream($"Reporting.{name}")
            ?? throw new InvalidOperationException($"The library was built without {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
