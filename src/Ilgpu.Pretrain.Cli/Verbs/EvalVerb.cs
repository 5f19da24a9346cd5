using System.Diagnostics;
using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("eval", HelpText = "Loss and bits a byte of a run or an ensemble on any text, or its accuracy at a task: multiple choice, minimal pairs, last words, answers.")]
internal sealed class EvalVerb : DeviceVerb
{
    [Value(0, MetaName = "RUN", Required = true, HelpText = "A run or its id, several to average, RUN#CYCLE for a snapshot, an ensemble's folder, a checkpoint's, or a folder in Hugging Face's format, of a model or of an exported ensemble.")]
    public IEnumerable<string> Names { get; set; } = [];

    [Option("out", Default = "runs", HelpText = "The folder in which runs are found by their ids.")]
    public string Out { get; set; } = "runs";

    [Option("dataset", HelpText = "Measure the loss on the validation part of this dataset folder; without it, --text and --task: of the run's own.")]
    public string? Dataset { get; set; }

    [Option("val-tokens", HelpText = "Validation tokens to measure on: the first N; default: all, and as many as the run does of its own dataset.")]
    public long? ValidationTokens { get; set; }

    [Option("text", Separator = ',', HelpText = "Measure the loss on these text files or folders, each document by itself.")]
    public IEnumerable<string> Text { get; set; } = [];

    [Option("stride", HelpText = "Tokens from one window of text to the next; default: a window, so that windows do not overlap.")]
    public int? Stride { get; set; }

    [Option("length", HelpText = "Tokens that a model sees at most; default: a window of its training.")]
    public int? Length { get; set; }

    [Option("task", HelpText = "multiple-choice, piqa, arc, sciq, hellaswag, winogrande, blimp, lambada or gsm8k, of the rows in --data.")]
    public string? Task { get; set; }

    [Option("data", HelpText = "The task's file of rows, as its authors published it; for blimp also their folder.")]
    public string? Data { get; set; }

    [Option("shots", Default = 0, HelpText = "Solved rows before each row: the first N of --shots-data, or else of --data, which are then not asked.")]
    public int Shots { get; set; }

    [Option("shots-data", HelpText = "A file of rows to take --shots from.")]
    public string? ShotsData { get; set; }

    [Option("limit", HelpText = "Only the first N rows of each of the task's files, or documents of each of --text.")]
    public int? Limit { get; set; }

    [Option("examples", HelpText = "Write what came of each row, or of each window of text, to this file, a JSON object a line.")]
    public string? Examples { get; set; }

    [Option("average", Default = EnsembleAveraging.Logits, HelpText = "What an ensemble's members are averaged by in the figures that lead; the others are told beside.")]
    public EnsembleAveraging Average { get; set; }

    [Option("bos", Default = EvaluationStart.Always, HelpText = "Texts that stand behind the token between documents, where there is one: always, or empty: only those without context.")]
    public EvaluationStart Bos { get; set; }

    [Option("max-tokens", HelpText = "Tokens of a written answer at most; default 256.")]
    public int? AnswerTokens { get; set; }

    [Option("published", HelpText = "For blimp: a file of published accuracies to put beside; default: models_summary.jsonl where it lies beside --data.")]
    public string? Published { get; set; }

    [Option("by", HelpText = "For a task whose rows have categories: the kind to list, for example phenomenon (default), paradigm or field.")]
    public string? By { get; set; }

    [Option("batch-tokens", Default = TaskOptions.DefaultBatchTokens, HelpText = "Tokens that are computed at a time; the results do not depend on it.")]
    public int BatchTokens { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        RequireFitting();
        // Read before models are: a mistake in a row should not wait for them.
        TaskData? task = Task is null ? null : TaskData.Read(EvaluationTasks.Find(Task), Data!, Shots, ShotsData, Limit);
        PublishedAccuracies? published = task is null ? null : FindPublished(task);
        if (task is not null && By is not null && !task.Items.Any(item => item.Categories.Any(category => category.Kind == By)))
            throw new InputException($"--by was given '{By}'; {KindsOf(task)}.");
        using Device device = OpenDevice();
        using EvaluatedModels models = EvaluatedModels.Open(device, [.. Names], Out, Length, Console.Error.WriteLine);
        if (task is null)
            MeasureText(models, cancellation);
        else
            Ask(models, task, published, cancellation);
        return ExitCode.Done;
    }

    private static string KindsOf(TaskData task) =>
        task.Items.SelectMany(item => item.Categories).Select(category => category.Kind).Distinct().ToArray() is { Length: > 0 } kinds
            ? $"the rows are told apart by {string.Join(", ", kinds)}"
            : "the rows have no categories";

    private PublishedAccuracies? FindPublished(TaskData task)
    {
        if (task.Task.Measure != TaskMeasure.Pair)
        {
            return Published is null
                ? null
                : throw new InputException($"--published was given '{Published}'; '{task.Task.Name}' has no published figures to read, blimp has.");
        }

        return (Published ?? PublishedAccuracies.FindBeside(Data!)) is { } path ? PublishedAccuracies.Read(path) : null;
    }

    private void RequireFitting()
    {
        string[] given = [.. new[] { (Dataset is not null, "--dataset"), (Text.Any(), "--text"), (Task is not null, "--task") }.Where(each => each.Item1).Select(each => each.Item2)];
        if (given.Length > 1)
            throw new InputException($"{string.Join(" and ", given)} were given; one thing is evaluated at a time: give one of them.");
        if (Task is null)
        {
            Refuse("--task", (Data is not null, "--data"), (Shots != 0, "--shots"), (ShotsData is not null, "--shots-data"), (AnswerTokens is not null, "--max-tokens"), (Published is not null, "--published"), (By is not null, "--by"));
            if (Limit is not null && !Text.Any())
                throw new InputException($"--limit was given {Limit}; it counts a task's rows or the documents of --text. A dataset's tokens are limited by --val-tokens.");
            InputException.ThrowUnless(Limit is null or >= 1, "--limit", Limit, "a whole number from 1");
        }
        else
        {
            EvaluationTask task = EvaluationTasks.Find(Task);
            if (Data is null)
                throw new InputException($"--data is required: the rows of '{task.Name}', which have {task.Takes}.");
            if (AnswerTokens is not null && task.Measure != TaskMeasure.Answer)
                throw new InputException($"--max-tokens was given {AnswerTokens}; it is for answers that are written, and '{task.Name}' has none.");
            Refuse("a loss on text", (Stride is not null, "--stride"));
        }

        if (Text.Any() || Task is not null)
            Refuse("a dataset", (ValidationTokens is not null, "--val-tokens"));
        InputException.ThrowUnless(AnswerTokens is null or >= 1, "--max-tokens", AnswerTokens, "a whole number from 1");
        InputException.ThrowUnless(BatchTokens is >= 1 and <= 1 << 20, "--batch-tokens", BatchTokens, $"a whole number from 1 to {1 << 20}");
        if (Examples is not null && (Directory.Exists(Examples) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(Examples)))))
            throw new InputException($"--examples was given '{Examples}'; it takes a file in a folder that is there.");
    }

    private static void Refuse(string what, params (bool IsGiven, string Flag)[] flags)
    {
        if (flags.FirstOrDefault(flag => flag.IsGiven) is { Flag: { } flag })
            throw new InputException($"{flag} goes with {what}, which was not asked for: leave it out.");
    }

    private void Ask(EvaluatedModels models, TaskData task, PublishedAccuracies? published, CancellationToken cancellation)
    {
        Words.WriteLine($"Asking {task.Items.Count:N0} rows of {task.Task.Name}");
        var clock = Stopwatch.StartNew();
        TaskEvaluation evaluation;
        using (var progress = new EvaluationProgress(Words, "asking"))
        {
            var options = new TaskOptions { Averaging = Average, Start = Bos, BatchTokens = BatchTokens, Progress = progress.Report };
            evaluation = TaskEvaluator.Evaluate(models, task, AnswerTokens is { } most ? options with { AnswerTokens = most } : options, cancellation);
        }

        if (Examples is not null)
            ExampleLines.Write(Examples, task, evaluation);
        var report = new TaskReport(models, task, evaluation, published, Average, Bos, clock.Elapsed);
        if (Json)
            TaskJson.Print(report);
        else
            TaskTable.Write(Words, report, By);
    }

    private void MeasureText(EvaluatedModels models, CancellationToken cancellation)
    {
        int stride = Stride ?? models.Window;
        InputException.ThrowUnless(stride >= 1 && stride <= models.Window, "--stride", stride, $"a whole number from 1 to {models.Window}, the window");
        string? folder = Text.Any() ? null : Dataset ?? models.RunFolder switch
        {
            { } run => RunFolderDataset(run),
            null => throw new InputException($"'{Names.First()}' is no run, so that there is no dataset of its own: give --dataset, --text or --task."),
        };
        using TokenDataset? dataset = folder is null ? null : OpenDataset(folder, models);
        long? tokens = ValidationTokens ?? (Dataset is null ? models.RunConfig?.ValidationTokens : null);
        IReadOnlyList<EvaluatedText> texts = dataset is null
            ? TextFileReader.Read([.. Text], models.Tokenizer, models.Start, Limit, cancellation)
            : [EvaluatedText.OfValidation(dataset, tokens)];
        Words.WriteLine($"Measuring the loss on {texts.Sum(text => text.Targets):N0} tokens");
        var clock = Stopwatch.StartNew();
        var windows = new List<WindowLoss>();
        TextLosses losses;
        using (var progress = new EvaluationProgress(Words, "measuring"))
            losses = TextEvaluator.Evaluate(models, texts, models.Window, stride, BatchTokens, Average, Examples is null ? null : windows.Add, progress.Report, cancellation);
        if (Examples is not null)
            ExampleLines.Write(Examples, windows);
        var report = new TextReport(models, folder ?? string.Join(", ", Text), dataset?.Hash, losses, stride, Average, clock.Elapsed);
        if (Json)
            TextLossJson.Print(report);
        else
            TextLossTable.Write(Words, report);
    }

    private static string RunFolderDataset(string run)
    {
        try
        {
            return RunFolder.DatasetOf(run);
        }
        catch (InputException e)
        {
            throw new InputException(e.Message.Replace("--data", "--dataset", StringComparison.Ordinal), e);
        }
    }

    private static TokenDataset OpenDataset(string folder, EvaluatedModels models)
    {
        var dataset = TokenDataset.Open(folder, verify: true);
        if (dataset.Tokenizer.Fingerprint == models.Tokenizer.Fingerprint)
            return dataset;
        string theirs = dataset.Tokenizer.Description;
        dataset.Dispose();
        throw new InputException($"'{folder}' is of another tokenizer ({theirs}) than '{models.Names[0]}' ({models.Tokenizer.Description}): losses are of the models' own tokens. Give its text with --text.");
    }
}
