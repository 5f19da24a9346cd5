using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

public class ReferencePacksTests
{
    [Fact]
    public void The_newest_version_is_taken_and_a_release_before_its_previews()
    {
        using var root = new TemporaryFolder();
        foreach (string version in new[] { "9.0.99", "10.0.2", "10.0.10", "10.0.10-rc.1", "10.0.9" })
            root.Write($"packs/Microsoft.NETCore.App.Ref/{version}/ref/net10.0/B.xml", "<doc/>");
        root.Write("packs/Microsoft.NETCore.App.Ref/11.0.0/ref/net11.0/B.xml", "<doc/>");
        (string name, string path) = Assert.Single(ReferencePacks.Find([root.Path]));
        Assert.Equal("Microsoft.NETCore.App.Ref/10.0.10/B.xml", name);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void The_second_pack_adds_only_what_the_first_lacks_in_ordinal_order()
    {
        using var root = new TemporaryFolder();
        root.Write("packs/Microsoft.NETCore.App.Ref/10.0.1/ref/net10.0/b.xml", "<doc/>");
        root.Write("packs/Microsoft.NETCore.App.Ref/10.0.1/ref/net10.0/C.xml", "<doc/>");
        root.Write("packs/Microsoft.AspNetCore.App.Ref/10.0.2/ref/net10.0/b.xml", "<doc/>");
        root.Write("packs/Microsoft.AspNetCore.App.Ref/10.0.2/ref/net10.0/A.xml", "<doc/>");
        Assert.Equal(
            ["Microsoft.NETCore.App.Ref/10.0.1/C.xml", "Microsoft.NETCore.App.Ref/10.0.1/b.xml", "Microsoft.AspNetCore.App.Ref/10.0.2/A.xml"],
            ReferencePacks.Find([root.Path]).Select(file => file.Name));
    }

    [Fact]
    public void The_first_root_that_has_packs_is_taken()
    {
        using var without = new TemporaryFolder();
        using var with = new TemporaryFolder();
        with.Write("packs/Microsoft.NETCore.App.Ref/10.0.1/ref/net10.0/A.xml", "<doc/>");
        Assert.StartsWith(with.Path, Assert.Single(ReferencePacks.Find([without.Path, with.Path])).Path, StringComparison.Ordinal);
    }

    [Fact]
    public void One_pack_is_what_it_adds_to_those_before_it()
    {
        using var root = new TemporaryFolder();
        root.Write("packs/Microsoft.NETCore.App.Ref/10.0.1/ref/net10.0/A.xml", "<doc/>");
        root.Write("packs/Microsoft.AspNetCore.App.Ref/10.0.1/ref/net10.0/A.xml", "<doc/>");
        root.Write("packs/Microsoft.AspNetCore.App.Ref/10.0.1/ref/net10.0/B.xml", "<doc/>");
        Assert.Equal(["Microsoft.NETCore.App.Ref/10.0.1/A.xml"], ReferencePacks.Find([root.Path], "NETCore").Select(file => file.Name));
        Assert.Equal(["Microsoft.AspNetCore.App.Ref/10.0.1/B.xml"], ReferencePacks.Find([root.Path], "AspNetCore").Select(file => file.Name));
        var e = Assert.Throws<InputException>(() => TextSource.Open("dotnet-docs:Windows", "text", 1, TestContext.Current.CancellationToken));
        Assert.Equal("source: 'dotnet-docs:Windows' names no reference pack; there is: dotnet-docs:NETCore, dotnet-docs:AspNetCore", e.Message);
    }

    [Fact]
    public void Without_packs_it_says_what_was_looked_for_and_where()
    {
        var e = Assert.Throws<InputException>(() => ReferencePacks.Find(["/nowhere", "/elsewhere"]));
        Assert.Equal(
            "dotnet-docs: no packs/Microsoft.NETCore.App.Ref/<version>/ref/net10.0/*.xml in /nowhere, /elsewhere; "
            + "the .NET SDK brings it (set DOTNET_ROOT to its folder), the runtime alone does not",
            e.Message);
    }
}
