using Ilgpu.Pretrain.Evaluation;

namespace Ilgpu.Pretrain.Tests.Evaluation;

/// <summary>Rows of every task as their authors wrote them, asked as lm-evaluation-harness asks: expected texts are by hand from its templates.</summary>
public sealed class TaskDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("multiple-choice", """{"context":"Two and two is","choices":["three"," four"],"gold":1}""", 1, "Two and two is| three", "Two and two is| four")]
    [InlineData("multiple-choice", """{"context":"","choices":["A","B","C"],"gold":"2"}""", 2, "|A", "|B", "|C")]
    [InlineData("multiple-choice", """{"context":"Say:\n","choices":["A","B"],"gold":0}""", 0, "Say:\n|A", "Say:\n|B")]
    [InlineData("piqa", """{"goal":"open a jar","sol1":"turn the lid","sol2":"eat it","label":0}""", 0, "Question: open a jar\nAnswer:| turn the lid", "Question: open a jar\nAnswer:| eat it")]
    [InlineData("arc", """{"id":"x","question":{"stem":"Which?","choices":[{"text":"this","label":"1"},{"text":"that","label":"2"}]},"answerKey":"2"}""", 1, "Question: Which?\nAnswer:| this", "Question: Which?\nAnswer:| that")]
    [InlineData("arc", """{"question":"Which?","choices":{"text":["this","that"],"label":["A","B"]},"answerKey":"A"}""", 0, "Question: Which?\nAnswer:| this", "Question: Which?\nAnswer:| that")]
    [InlineData("sciq", """{"question":"What?","distractor1":"a","distractor2":"b","distractor3":"c","correct_answer":"d","support":" Once."}""", 3, "Once.\nQuestion: What?\nAnswer:| a", "Once.\nQuestion: What?\nAnswer:| b", "Once.\nQuestion: What?\nAnswer:| c", "Once.\nQuestion: What?\nAnswer:| d")]
    [InlineData("hellaswag", """{"activity_label":"Baking","ctx_a":"A man [substeps] bakes.","ctx_b":"he SMILES","endings":["and  goes.","[header] Mix [title] Now."],"label":"1"}""", 1, "Baking: A man bakes. He smiles| and goes.", "Baking: A man bakes. He smiles|  Mix. Now.")]
    [InlineData("winogrande", """{"sentence":"Ann fed Bea, so _ was full.","option1":"Ann","option2":"Bea","answer":"2"}""", 1, "Ann fed Bea, so Ann| was full.", "Ann fed Bea, so Bea| was full.")]
    [InlineData("blimp", """{"sentence_good":"It is.","sentence_bad":"It are.","UID":"u","linguistics_term":"t"}""", 0, "|It is.", "|It are.")]
    [InlineData("lambada", """{"text":"He said it was a dog"}""", 0, "He said it was a| dog")]
    [InlineData("lambada", """{"context":"He said it was a","continuation":"dog"}""", 0, "He said it was a| dog")]
    [InlineData("gsm8k", """{"question":"1 + 1?","answer":"It is 1 + 1.\n#### 2"}""", 0, "Question: 1 + 1?\nAnswer:| It is 1 + 1.\n#### 2")]
    public void A_row_is_asked_as_its_template_says(string task, string row, int gold, params string[] options)
    {
        TaskItem item = Assert.Single(Read(task, row).Items);
        Assert.Equal(gold, item.Gold);
        Assert.Equal(options, item.Options.Select(option => $"{option.Context}|{option.Continuation}"));
    }

    [Theory]
    [InlineData("multiple-choice", """{"context":"x","choices":["a"],"gold":0}""", "'choices' has 1")]
    [InlineData("multiple-choice", """{"context":"x","choices":["a","b"],"gold":2}""", "'gold' is 2, and there are 2 options, 0 to 1")]
    [InlineData("multiple-choice", """{"context":"x","choices":["a","b"],"gold":-1}""", "'gold' is -1")]
    [InlineData("multiple-choice", """{"context":"x","choices":["a","b"],"gold":0.5}""", "'gold' is 0.5 and no whole number")]
    [InlineData("multiple-choice", """{"context":"x","choices":["a",""],"gold":0}""", "'choices[1]' is blank")]
    [InlineData("multiple-choice", """{"context":"x","choices":["a",7],"gold":0}""", "'choices[1]' is 7 and no text")]
    [InlineData("multiple-choice", """{"context":"x","choices":"ab","gold":0}""", "'choices' is a text and no list of texts")]
    [InlineData("multiple-choice", """{"context":null,"choices":["a","b"],"gold":0}""", "'context' is null and no text")]
    [InlineData("multiple-choice", """{"choices":["a","b"],"gold":0}""", "there is no 'context'")]
    [InlineData("multiple-choice", """["a","b"]""", "no object")]
    [InlineData("multiple-choice", """{"context":""", "is not JSON")]
    [InlineData("piqa", """{"goal":"x","sol1":"a","sol2":"b"}""", "there is no 'label'")]
    [InlineData("piqa", """{"goal":"x","sol1":"a","sol2":"b","label":2}""", "'label' is 2")]
    [InlineData("arc", """{"question":{"stem":"Which?","choices":[{"text":"this","label":"A"},{"text":"that","label":"B"}]},"answerKey":"C"}""", "'answerKey' is 'C', and the labels are A, B")]
    [InlineData("arc", """{"question":{"stem":"Which?","choices":[{"text":"this","label":"A"}]},"answerKey":"A"}""", "'choices' has 1 texts")]
    [InlineData("hellaswag", """{"activity_label":"x","ctx_a":"a","ctx_b":"b","endings":["c","d"],"label":"4"}""", "'label' is 4")]
    [InlineData("winogrande", """{"sentence":"No gap.","option1":"a","option2":"b","answer":"1"}""", "no gap")]
    [InlineData("winogrande", """{"sentence":"A _ gap.","option1":"a","option2":"b","answer":"0"}""", "'answer' is 0, and there are 2 options, 1 to 2")]
    [InlineData("blimp", """{"sentence_good":"x"}""", "there is no 'sentence_bad'")]
    [InlineData("blimp", """{"sentence_good":"\ud800","sentence_bad":"b"}""", "'sentence_good' has half of a character")]
    [InlineData("blimp", """{"sentence_good":"a","sentence_good":"b","sentence_bad":"c"}""", "is not JSON")]
    [InlineData("lambada", """{"text":"word"}""", "'text' is a single word")]
    [InlineData("gsm8k", """{"question":"x","answer":"2"}""", "does not end with ####")]
    public void A_wrong_row_is_named_with_its_line_and_what_is_expected(string task, string row, string said)
    {
        string path = folder.Write("rows.jsonl", $"\n{row}\n");
        var e = Assert.Throws<InputException>(() => TaskData.Read(EvaluationTasks.Find(task), path, 0, null, null));
        Assert.Contains(said, e.Message, StringComparison.Ordinal);
        if (row[0] != '[')
            Assert.Contains($"{path}:2", e.Message, StringComparison.Ordinal);
        if (!said.Contains("JSON", StringComparison.Ordinal))
            Assert.Contains($"a row of '{task}' has", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Labels_of_piqa_stand_beside_its_rows()
    {
        string rows = string.Concat(Enumerable.Repeat("""{"goal":"x","sol1":"a","sol2":"b"}""" + "\n", 3));
        string path = folder.Write("valid.jsonl", rows);
        string labels = folder.Write("valid-labels.lst", "1\n0\n1\n");
        Assert.Equal([1, 0, 1], TaskData.Read(EvaluationTasks.Find("piqa"), folder.Path, 0, null, null).Items.Select(item => item.Gold));
        folder.Write("valid-labels.lst", "1\n0\n");
        Assert.Contains("has 2 labels", ReadError("piqa", path), StringComparison.Ordinal);
        folder.Write("valid-labels.lst", "1\n0\n3\n");
        Assert.Contains($"{labels}:3 is '3'", ReadError("piqa", path), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_and_folders_that_do_not_fit_are_named()
    {
        Assert.Contains("is not there", ReadError("blimp", folder["none"]), StringComparison.Ordinal);
        Assert.Contains("has no *.jsonl file", ReadError("blimp", folder.Path), StringComparison.Ordinal);
        Assert.Contains("is empty", ReadError("blimp", folder.Write("a.jsonl", "\n")), StringComparison.Ordinal);
        folder.Write("b.jsonl", "{}");
        Assert.Contains("has 2 files, and 'arc' takes one", ReadError("arc", folder.Path), StringComparison.Ordinal);
        Assert.Contains("is not UTF-8", ReadError("arc", folder.Write("c.jsonl", [(byte)'{', 0xC3, 0x28, (byte)'}'])), StringComparison.Ordinal);
        var e = Assert.Throws<InputException>(() => EvaluationTasks.Find("mmlu"));
        Assert.Equal("--task was given 'mmlu'; it takes one of multiple-choice, piqa, arc, sciq, hellaswag, winogrande, blimp, lambada, gsm8k.", e.Message);
    }

    [Fact]
    public void Examples_are_the_first_rows_and_are_not_asked_themselves()
    {
        string path = folder.Write("rows.jsonl", string.Concat(Enumerable.Range(0, 5).Select(i => $$"""{"context":"Q{{i}}:","choices":["x","y"],"gold":{{i % 2}}}""" + "\n")));
        TaskData data = TaskData.Read(EvaluationTasks.Find("multiple-choice"), path, shots: 2, shotsPath: null, limit: 2);
        Assert.Equal(["Q0: x\n\nQ1: y\n\nQ2:", "Q0: x\n\nQ1: y\n\nQ3:"], data.Items.Select(item => item.Options[0].Context));
        Assert.Contains("which are not asked", data.ShotsFrom, StringComparison.Ordinal);
        string other = folder.Write("train.jsonl", """{"context":"T:","choices":["x","y"],"gold":1}""");
        data = TaskData.Read(EvaluationTasks.Find("multiple-choice"), path, shots: 1, shotsPath: other, limit: null);
        Assert.Equal(5, data.Items.Count);
        Assert.Equal("T: y\n\nQ0:", data.Items[0].Options[0].Context);
        Assert.All(
            [(5, null), (2, other), (-1, null), (0, other)],
            (each) => Assert.Contains("--shots", Assert.Throws<InputException>(() => TaskData.Read(EvaluationTasks.Find("multiple-choice"), path, each.Item1, each.Item2, null)).Message, StringComparison.Ordinal));
        Assert.Contains("no examples", Assert.Throws<InputException>(() => TaskData.Read(EvaluationTasks.Find("blimp"), path, 1, null, null)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("piqa", 1838, "piqa", "valid.jsonl")]
    [InlineData("arc", 2365, "arc_easy", "arc_easy_test.jsonl")]
    [InlineData("lambada", 5153, "lambada", "lambada_openai.jsonl")]
    [InlineData("gsm8k", 1319, "gsm8k", "gsm8k_test.jsonl")]
    [InlineData("blimp", 67_000, "blimp")]
    public void The_published_files_are_read(string task, int rows, params string[] path) =>
        Assert.Equal(rows, TaskData.Read(EvaluationTasks.Find(task), SharedData.Require(["evals", .. path]), 0, null, null).Items.Count);

    [Fact]
    public void The_accuracies_published_with_blimp_are_found_beside_it()
    {
        string data = SharedData.Require("evals", "blimp", "data");
        PublishedAccuracies published = PublishedAccuracies.Read(PublishedAccuracies.FindBeside(data)!);
        Assert.Equal(["ngram", "lstm", "txl", "gpt2"], published.Models);
        TaskData rows = TaskData.Read(EvaluationTasks.Find("blimp"), data, 0, null, limit: 1);
        Assert.Equal(.882, published.Over(Of("anaphor_gender_agreement"))!["lstm"]);
        Assert.Equal(.72725, published.Over(Of("island_effects"))!["gpt2"], 1e-12);
        Assert.Equal((.703 + .907) / 2, published.Over(Of("s-selection"))!["ngram"], 1e-12);
        Assert.Equal(.6124029851, published.Over(rows.Items)!["ngram"], 1e-9);
        Assert.Null(published.Over([rows.Items[0] with { Categories = [] }]));

        IEnumerable<TaskItem> Of(string category) => rows.Items.Where(item => item.Categories.Any(each => each.Value == category));
    }

    private TaskData Read(string task, string row) => TaskData.Read(EvaluationTasks.Find(task), folder.Write("rows.jsonl", row), 0, null, null);

    private static string ReadError(string task, string path) => Assert.Throws<InputException>(() => TaskData.Read(EvaluationTasks.Find(task), path, 0, null, null)).Message;
}
