using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

public class MappedTokensTests
{
    [Theory]
    [InlineData(257, 2)]
    [InlineData(65536, 2)]
    [InlineData(65537, 4)]
    public void Ids_take_the_bytes_their_vocabulary_needs(int vocabulary, int bytes)
    {
        Assert.Equal(bytes, MappedTokens.BytesPerId(vocabulary));
        int[] ids = [0, 1, 255, 256, vocabulary - 1];
        var packed = new byte[ids.Length * bytes];
        MappedTokens.Pack(ids, packed, bytes);
        Assert.Equal(1, packed[bytes]);

        using var folder = new TemporaryFolder();
        using var tokens = new MappedTokens(folder.Write("tokens.bin", packed), bytes);
        Assert.Equal(ids.Length, tokens.Length);
        var read = new int[ids.Length];
        tokens.Part(0, ids.Length).Read(0, read);
        Assert.Equal(ids, read);
    }

    [Fact]
    public void A_part_is_read_within_its_bounds_only()
    {
        using var folder = new TemporaryFolder();
        using var tokens = new MappedTokens(folder.Write("tokens.bin", new byte[20]), 2);
        TokenSpan part = tokens.Part(2, 5);
        part.Read(0, new int[5]);
        part.Read(5, []);
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Read(0, new int[6]));
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Read(1, new int[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Read(-1, new int[1]));
    }

    [Fact]
    public void Reading_after_disposal_is_an_error_and_not_a_crash()
    {
        using var folder = new TemporaryFolder();
        var tokens = new MappedTokens(folder.Write("tokens.bin", new byte[20]), 2);
        TokenSpan part = tokens.Part(0, 10);
        tokens.Dispose();
        tokens.Dispose();
        Assert.Throws<ObjectDisposedException>(() => part.Read(0, new int[1]));
    }

    /// <summary>A sparse file of 5 GB: positions past what 32 bits hold.</summary>
    [Fact]
    public void Files_may_be_larger_than_four_gigabytes()
    {
        using var folder = new TemporaryFolder();
        const long Ids = 2_500_000_000;
        string path = folder["tokens.bin"];
        using (FileStream file = File.Create(path))
        {
            file.SetLength(Ids * 2);
            file.Position = (Ids - 1) * 2;
            file.Write([7, 1]);
        }

        using var tokens = new MappedTokens(path, 2);
        var read = new int[2];
        tokens.Part(1, Ids - 1).Read(Ids - 3, read);
        Assert.Equal([0, 263], read);
    }
}
