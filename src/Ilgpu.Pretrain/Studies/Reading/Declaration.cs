namespace Ilgpu.Pretrain.Studies;

/// <summary>A name in a study's file and what stands behind it, not read yet.</summary>
/// <param name="Section">That it is in.</param>
/// <param name="Key">The name as the file has it, variables and all.</param>
/// <param name="Name">With its variables' labels.</param>
/// <param name="Place">Of the name.</param>
/// <param name="Body">With its variables' values.</param>
internal sealed record Declaration(string Section, string Key, string Name, Place Place, YamlValue Body);
