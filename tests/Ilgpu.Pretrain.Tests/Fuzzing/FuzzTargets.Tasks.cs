using System.Text;
using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Studies;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Fuzzing;

/// <content>Rows of evaluation tasks, and what came of them.</content>
internal static partial class FuzzTargets
{
    private static readonly (string Task, string Row)[] TaskRows =
    [
        ("multiple-choice", """{"context":"Is it?","choices":[" yes"," no"],"gold":1,"group":"g"}"""),
        ("piqa", """{"goal":"Open a door","sol1":"push","sol2":"sing","label":0}"""),
        ("arc", """{"id":"1","question":{"stem":"Which?","choices":[{"text":"this","label":"A"},{"text":"that","label":"B"}]},"answerKey":"B"}"""),
        ("sciq", """{"question":"Which?","distractor1":"a","distractor2":"b","distractor3":"c","correct_answer":"d","support":"It is d."}"""),
        ("hellaswag", """{"activity_label":"Running","ctx_a":"A man runs.","ctx_b":"he","endings":["stops.","[title] flies."],"label":"0"}"""),
        ("winogrande", """{"sentence":"The cup is in _ box.","option1":"the","option2":"a","answer":"1"}"""),
        ("blimp", """{"sentence_good":"Cats sleep.","sentence_bad":"Cats sleeps.","UID":"agreement","linguistics_term":"term","field":"syntax"}"""),
        ("lambada", """{"text":"He said so, and so it was."}"""),
        ("gsm8k", """{"question":"1 + 1?","answer":"It is 2.\n#### 2"}"""),
    ];

    private static IEnumerable<FuzzTarget> Tasks()
    {
        foreach ((string task, string row) in TaskRows)
        {
            yield return FuzzTarget.OfFile($"rows of {task}", "rows.jsonl", Encoding.UTF8.GetBytes($"{row}\n{row}\n{row}\n"), path =>
                _ = TaskData.Read(EvaluationTasks.Find(task), path, shots: task == "blimp" ? 0 : 1, null, limit: null).Items.Sum(item => item.Options.Count));
        }

        var labelled = new Dictionary<string, byte[]>
        {
            ["valid.jsonl"] = Encoding.UTF8.GetBytes("{\"goal\":\"Open\",\"sol1\":\"push\",\"sol2\":\"sing\"}\n{\"goal\":\"Close\",\"sol1\":\"sing\",\"sol2\":\"pull\"}\n"),
            ["valid-labels.lst"] = Encoding.UTF8.GetBytes("0\n1\n"),
        };
        yield return new FuzzTarget("labels of piqa", labelled, "valid-labels.lst", folder => TaskData.Read(EvaluationTasks.Find("piqa"), Path.Combine(folder, "valid.jsonl"), 0, null, null));
        yield return FuzzTarget.OfFile(
            "published accuracies",
            "models_summary.jsonl",
            Encoding.UTF8.GetBytes("""{"UID":"agreement","linguistics_term":"term","ngram":0.439,"lstm":0.882,"txl":0.912,"gpt2":0.994}""" + "\n"),
            path => PublishedAccuracies.Read(path));
        var accuracy = new TaskAccuracy
        {
            Of = "step",
            Key = "0123456789abcdef",
            Task = "blimp",
            Data = "hash",
            Members = ["a"],
            Rows = 3,
            Accuracy = .5,
            AccuracyByK = [.5],
            By = new Dictionary<string, IReadOnlyDictionary<string, double>> { ["field"] = new Dictionary<string, double> { ["syntax"] = .5 } },
        };
        yield return FuzzTarget.OfFile("accuracy.json of a study", "accuracy.json", Encoding.UTF8.GetBytes(ChecksummedJson.Serialize(accuracy)), path =>
        {
            SignJson(path);
            _ = new EvaluationResult([ChecksummedJson.ReadFile<TaskAccuracy>(path, "delete it")]).Summary;
        });
    }
}
