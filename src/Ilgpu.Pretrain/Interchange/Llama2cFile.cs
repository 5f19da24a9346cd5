using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ilgpu.Pretrain.Modeling;
using Microsoft.Win32.SafeHandles;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>
/// A model in llama2.c's .bin format, little-endian fp32 (https://github.com/karpathy/llama2.c, export.py). Version 0: seven
/// int32 (dim, hidden, layers, heads, key/value heads, vocabulary, context), a negative vocabulary for a head of its own; the
/// parameters; tables of the rotary angles; that head. Version 1: a head of 256 bytes that begins with a magic number and the
/// version, then the parameters, the norms' before the others. There RoPE turns neighbouring features of a head; here it turns
/// the halves, so rows of queries and keys are read in another order.
/// </summary>
internal sealed class Llama2cFile : IWeightSource
{
    private const int FieldCount = 7;
    private const uint Magic = 0x616b3432;
    private const int HeaderBytesOfVersion1 = 256;

    /// <summary>What the format does not say: llama2.c has them built in.</summary>
    private const double RopeTheta = 10000;
    private const double NormEpsilon = 1e-5;

    private readonly SafeFileHandle file;
    private readonly string path;
    private readonly Dictionary<string, long> offsetOf = new(StringComparer.Ordinal);

    /// <exception cref="InputException">It is not such a file, is quantised, or its size does not match its header.</exception>
    public Llama2cFile(string path)
    {
        this.path = path;
        try
        {
            file = File.OpenHandle(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {e.Message}", e);
        }

        try
        {
            (Config, int version) = ReadHeader();
            Config.Validate();
            long end = LayOut(new ParameterLayout(Config), version);
            long bytes = RandomAccess.GetLength(file);
            if (bytes != end)
                throw new InputException($"'{path}' has {bytes} bytes; its header (dim {Config.Hidden}, hidden {Config.Mlp}, {Config.Layers} layers, {Config.Heads} heads, {Config.KeyValueHeads} for keys and values, vocabulary {Config.Vocabulary}, context {Config.Context}, {(Config.TiedEmbeddings ? "tied" : "not tied")}) makes {end}.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public LlamaConfig Config { get; }

    /// <inheritdoc/>
    public void Read(NamedParameter parameter, long first, Span<float> elements)
    {
        long offset = offsetOf[parameter.Name];
        if (!IsRotated(parameter.Name))
        {
            ReadFully(offset + (first * sizeof(float)), elements);
            return;
        }

        int columns = parameter.Columns;
        while (!elements.IsEmpty)
        {
            (long row, long column) = Math.DivRem(first, columns);
            int length = (int)Math.Min(columns - column, elements.Length);
            long source = (RowInFile(row) * columns) + column;
            ReadFully(offset + (source * sizeof(float)), elements[..length]);
            elements = elements[length..];
            first += length;
        }
    }

    public void Dispose() => file.Dispose();

    private (LlamaConfig Config, int Version) ReadHeader()
    {
        Span<byte> header = stackalloc byte[HeaderBytesOfVersion1];
        int read = RandomAccess.Read(file, header, 0);
        header = header[..read];
        bool hasMagic = read >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(header) == Magic;
        int fieldsAt = hasMagic ? 2 * sizeof(int) : 0;
        int headerBytes = hasMagic ? HeaderBytesOfVersion1 : FieldCount * sizeof(int);
        if (read < headerBytes)
            throw new InputException($"'{path}' has {read} bytes, and the header of a llama2.c model alone takes {headerBytes}.");
        int version = hasMagic ? BinaryPrimitives.ReadInt32LittleEndian(header[sizeof(int)..]) : 0;
        if (hasMagic && version != 1)
            throw new InputException($"'{path}' is of llama2.c's version {version}{(version == 2 ? ", whose weights are quantised to 8 bits" : "")}; it takes versions 0 and 1, in fp32.");
        ReadOnlySpan<int> fields = MemoryMarshal.Cast<byte, int>(header.Slice(fieldsAt, FieldCount * sizeof(int)));
        // The negative of the smallest int is no int; as such it is refused for being out of range.
        int vocabulary = fields[5] < 0 && !hasMagic ? unchecked(-fields[5]) : fields[5];
        var config = new LlamaConfig
        {
            Name = Path.GetFileNameWithoutExtension(path),
            Hidden = fields[0],
            Mlp = fields[1],
            Layers = fields[2],
            Heads = fields[3],
            KeyValueHeads = fields[4],
            Vocabulary = vocabulary,
            Context = fields[6],
            RopeTheta = RopeTheta,
            NormEpsilon = NormEpsilon,
            TiedEmbeddings = hasMagic ? header[fieldsAt + (FieldCount * sizeof(int))] != 0 : fields[5] > 0,
        };
        return (config, version);
    }

    /// <summary>Notes where each parameter lies.</summary>
    /// <returns>Bytes that the file has to have.</returns>
    private long LayOut(ParameterLayout layout, int version)
    {
        Dictionary<string, NamedParameter> named = layout.Named.ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
        long at = version == 0 ? FieldCount * sizeof(int) : HeaderBytesOfVersion1;
        if (version == 0)
        {
            Add(HuggingFaceNames.Embedding);
            AddLayers("input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "post_attention_layernorm");
        }
        else
        {
            AddLayers("input_layernorm", "post_attention_layernorm");
            Add(HuggingFaceNames.FinalNorm);
            Add(HuggingFaceNames.Embedding);
            AddLayers("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj");
        }

        AddLayers("mlp.gate_proj", "mlp.down_proj", "mlp.up_proj");
        if (version == 0)
        {
            Add(HuggingFaceNames.FinalNorm);
            // Cosines and sines of half a head for each position: worked out anew.
            at += (long)Config.Context * Config.HeadSize * sizeof(float);
        }

        if (!Config.TiedEmbeddings)
            Add(HuggingFaceNames.Head);
        return at;

        void AddLayers(params ReadOnlySpan<string> names)
        {
            foreach (string name in names)
            {
                for (int layer = 0; layer < Config.Layers; layer++)
                    Add(HuggingFaceNames.OfLayer(layer, name));
            }
        }

        void Add(string name)
        {
            NamedParameter parameter = named[name];
            offsetOf.Add(name, at);
            at += (long)parameter.Rows * parameter.Columns * sizeof(float);
        }
    }

    private static bool IsRotated(string name) =>
        name.EndsWith(".q_proj.weight", StringComparison.Ordinal) || name.EndsWith(".k_proj.weight", StringComparison.Ordinal);

    /// <summary>Feature i of a head's first half is its feature 2 i there, that of the second half 2 i + 1.</summary>
    private long RowInFile(long row)
    {
        int half = Config.HeadSize / 2;
        long within = row % Config.HeadSize;
        return row - within + (within < half ? 2 * within : (2 * (within - half)) + 1);
    }

    private void ReadFully(long position, Span<float> elements)
    {
        Span<byte> target = MemoryMarshal.AsBytes(elements);
        while (!target.IsEmpty)
        {
            int read = RandomAccess.Read(file, target, position);
            if (read == 0)
                throw new InputException($"'{path}' ends at byte {position}: it was cut short meanwhile.");
            target = target[read..];
            position += read;
        }
    }
}
