using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>The published tables in the shared data; a test that wants one is skipped where there is none.</summary>
internal static class SharedTables
{
    /// <summary>A table's rows as a law wants them.</summary>
    public static LawData Read(ScalingLaw law, string file, params (string Variable, string Column)[] columns) =>
        LawDataReader.Read(law, Table(file), columns.ToDictionary(column => column.Variable, column => column.Column));

    public static DataTable Table(string file) => TableFile.Read(SharedData.Require(["laws", .. file.Split('/')]));
}
