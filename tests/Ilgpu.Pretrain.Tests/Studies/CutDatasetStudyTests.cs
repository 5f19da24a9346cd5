using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>Datasets of a study whose files are cut into documents.</summary>
public sealed class CutDatasetStudyTests
{
    [Fact]
    public void A_dataset_says_how_long_its_documents_are()
    {
        using var study = new TestStudy("  cut: {source: text, document-bytes: .1KB, whole-files: yes}\n");
        StudyOutcome outcome = study.Run("runs:\n  a: {recipe: base, data: cut, tokens: 300}\n");
        StepReport made = outcome.Steps.Single(report => report.Step.Name == "cut");
        Assert.Equal(StepState.Done, made.State);
        using TokenDataset dataset = TokenDataset.Open(((DatasetResult)made.Result!).Folder, verify: true);
        Assert.Equal((100, SplitUnit.File), (dataset.Manifest.DocumentBytes, dataset.Manifest.Split.Unit));
        // Eight files of some 200 bytes, one of which is held out.
        Assert.InRange(dataset.Manifest.Train.Documents, 14, 30);
        Assert.Equal(StepState.Found, study.Run("runs:\n  a: {recipe: base, data: cut, tokens: 300}\n").Steps.Single(report => report.Step.Name == "cut").State);
    }

    [Theory]
    [InlineData("document-bytes: page", "there is 'page'; it takes a number of bytes from 4 to 16MiB, as in 16KB.")]
    [InlineData("document-bytes: 0", "there is '0'; it takes a number of bytes")]
    [InlineData("document-bytes: -4", "there is '-4'; it takes a number of bytes")]
    [InlineData("document-bytes: [4]", "there is a list; it takes a text")]
    [InlineData("whole-files: yes", "--whole-files goes with --document-bytes")]
    [InlineData("document-bytes: 1KB, whole-files: 2", "there is '2'; it takes true or false")]
    public void A_mistake_is_one_line_with_its_place(string setting, string says)
    {
        using var study = new TestStudy($"  cut: {{source: text, {setting}}}\n");
        string path = study.Write("runs:\n  a: {recipe: base, data: cut}\n");
        string message = Assert.Throws<InputException>(() => Study.Read(path)).Message;
        Assert.StartsWith("study.yaml, line 7, column ", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
    }
}
