using System.Reflection;
using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Whatever the stand-in offers, the real ILGPU offers too, by the same name and signature.</summary>
public sealed class StandinSurfaceTests
{
    private const string IlgpuVersion = "1.5.3";

    [Fact]
    public void The_stand_in_offers_nothing_that_ILGPU_does_not()
    {
        string[]? real = FindIlgpu();
        Assert.SkipWhen(real is null, $"ILGPU {IlgpuVersion} is neither beside this assembly nor in the package folder {PackageFolder}");
        string standin = Path.Combine(AppContext.BaseDirectory, "standin", "Ilgpu.Standin.dll");
        using MetadataLoadContext context = Load([standin, .. real]);
        Type[] offered = context.LoadFromAssemblyPath(standin).GetExportedTypes();
        Type[] existing = [.. real.SelectMany(path => context.LoadFromAssemblyPath(path).GetExportedTypes())];
        Assert.NotEmpty(offered);
        Assert.Empty(PublicSurface.Missing(offered, existing));
    }

    [Fact]
    public void A_type_that_the_other_side_lacks_is_found() =>
        Assert.Equal(
            ["Ilgpu.Pretrain.Kernels.Tests.SurfaceSample.Original: the type"],
            PublicSurface.Missing([typeof(SurfaceSample.Original)], [typeof(SurfaceSample.Altered)]));

    [Fact]
    public void A_part_of_a_type_is_nothing_missing() =>
        Assert.Empty(PublicSurface.Of(typeof(SurfaceSample.Part)).Except(PublicSurface.Of(typeof(SurfaceSample.Original))));

    [Fact]
    public void Every_kind_of_difference_is_found()
    {
        string[] missing = [.. PublicSurface.Of(typeof(SurfaceSample.Altered)).Except(PublicSurface.Of(typeof(SurfaceSample.Original)))];
        string[] expected =
        [
            "is a abstract class",
            "implements System.ICloneable",
            "public const System.Int32 Constant = 2",
            "protected .ctor()",
            "public System.Object Clone()",
            "public System.Int64 OtherResult()",
            "public System.Void OtherParameter(System.Int64 value)",
            "public System.Void OtherParameterName(System.Int32 renamed)",
            "public System.Void ByReference(ref System.Int32 value)",
            "public System.Void OtherDefault(System.Int32 value = 2)",
            "public static System.Void MadeStatic()",
            "public System.Void OtherConstraint<type parameter 0 T: NotNullableValueTypeConstraint, DefaultConstructorConstraint unmanaged System.ValueType>()",
            "public System.Int32 get_Property()",
            "public System.Void set_Property(System.Int32 value)",
            "public System.Void Added()",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), missing.Order(StringComparer.Ordinal));
    }

    private static string PackageFolder =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string[]? FindIlgpu()
    {
        string[] names = ["ILGPU", "ILGPU.Algorithms"];
        string[] found = [.. names.Select(name => Candidates(name).FirstOrDefault(File.Exists)).OfType<string>()];
        return found.Length == names.Length ? found : null;
    }

    private static IEnumerable<string> Candidates(string name)
    {
        yield return Path.Combine(AppContext.BaseDirectory, name + ".dll");
        string library = Path.Combine(PackageFolder, name.ToLowerInvariant(), IlgpuVersion, "lib");
        if (!Directory.Exists(library))
            yield break;
        foreach (string framework in Directory.GetDirectories(library).Order(StringComparer.Ordinal))
            yield return Path.Combine(framework, name + ".dll");
    }

    private static MetadataLoadContext Load(string[] assemblies)
    {
        string[] runtime = Directory.GetFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*.dll");
        return new MetadataLoadContext(new PathAssemblyResolver([.. runtime, .. assemblies]));
    }
}
