using System.Text.Json;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Students by soft labels by command: of an ensemble, in a chain, found again, resumed.</summary>
public sealed class SoftDistillCommandTests
{
    [Fact]
    public void An_ensemble_teaches_a_student_that_is_found_again_and_says_what_it_kept()
    {
        using var corpus = new TextCorpus();
        Outcome ensemble = PretrainCall.Run(["ensemble", .. corpus.Train(epochs: 4, "--members", "2", "--json")[1..]]);
        Assert.True(ensemble.ExitCode == 0, ensemble.Errors);
        using JsonDocument teachers = JsonDocument.Parse(ensemble.Output);
        string folder = teachers.RootElement.GetProperty("folder").GetString()!;

        using JsonDocument distilled = Distill(corpus, folder, "--teach", "probabilities", "--alpha", ".7");
        JsonElement root = distilled.RootElement;
        Assert.Equal("soft", root.GetProperty("method").GetString());
        Assert.Equal(.7, root.GetProperty("alpha").GetDouble());
        Assert.Equal(1.2, root.GetProperty("temperature").GetDouble());
        double together = root.GetProperty("teacher").GetProperty("val_loss").GetDouble();
        Assert.Equal(teachers.RootElement.GetProperty("by_size")[1].GetProperty("probabilities").GetProperty("val_loss").GetDouble(), together);
        double baseline = root.GetProperty("baseline").GetProperty("val_loss").GetDouble();
        JsonElement student = Assert.Single(root.GetProperty("students").EnumerateArray());
        double loss = student.GetProperty("val_loss").GetDouble();
        Assert.Equal((baseline - loss) / (baseline - together), student.GetProperty("share_kept").GetDouble(), 1e-9);

        // The student's recipe is its teachers', its seed the next.
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(student.GetProperty("folder").GetString()!, "config.json")));
        Assert.Equal(2, config.RootElement.GetProperty("initialization_seed").GetInt32());
        Assert.Equal(4, config.RootElement.GetProperty("epochs").GetInt32());
        Assert.Equal(2, config.RootElement.GetProperty("soft_labels").GetProperty("teachers").GetArrayLength());

        using JsonDocument again = Distill(corpus, folder, "--teach", "probabilities", "--alpha", ".7");
        Assert.Equal(root.GetRawText(), again.RootElement.GetRawText());
    }

    [Fact]
    public void A_chain_of_students_is_trained_one_is_resumed_by_its_folder_and_wrong_arguments_are_one_line()
    {
        using var corpus = new TextCorpus();
        string teacher = Path.Combine(corpus.Folder, "teacher");
        Assert.Equal(0, PretrainCall.Run(corpus.Train(epochs: 1, "--run", teacher)).ExitCode);
        using JsonDocument chain = Distill(corpus, teacher, "--generations", "2");
        JsonElement[] students = [.. chain.RootElement.GetProperty("students").EnumerateArray()];
        Assert.Equal([1, 2], students.Select(student => student.GetProperty("generation").GetInt32()));
        string second = students[1].GetProperty("folder").GetString()!;
        string config = File.ReadAllText(Path.Combine(second, "config.json"));
        Assert.Contains(students[0].GetProperty("run").GetString()!, config, StringComparison.Ordinal);

        double loss = students[1].GetProperty("val_loss").GetDouble();
        File.Delete(Path.Combine(second, "result.json"));
        Directory.Delete(Path.Combine(second, "checkpoints"), recursive: true);
        Outcome resumed = PretrainCall.Run("train", "--resume", second, "--device", "cpu", "--threads", "1", "--json");
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        using JsonDocument result = JsonDocument.Parse(resumed.Output);
        Assert.Equal(loss, result.RootElement.GetProperty("result").GetProperty("val_loss").GetDouble());

        Refused("--method soft --alpha 1.5", "--alpha was given 1.5");
        Refused("--method soft --generations 0", "--generations was given 0");
        Refused("--method soft --teach mix", "--teach was given mix");
        Refused("--method soft --weight .5", "--weight is of --method synthetic");
        Refused("--method synthetic --alpha .5", "--alpha is of --method soft");

        void Refused(string arguments, string said)
        {
            Outcome ended = PretrainCall.Run(["distill", "--teacher", teacher, "--out", corpus.Runs, "--device", "cpu", .. arguments.Split(' ')]);
            Assert.Equal(2, ended.ExitCode);
            Assert.Contains(said, ended.ErrorLine, StringComparison.Ordinal);
        }
    }

    private static JsonDocument Distill(TextCorpus corpus, string teacher, params string[] more)
    {
        Outcome ended = PretrainCall.Run(
            ["distill", "--teacher", teacher, "--method", "soft", "--out", corpus.Runs, "--device", "cpu", "--threads", "2", "--json", .. more]);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return JsonDocument.Parse(ended.Output);
    }
}
