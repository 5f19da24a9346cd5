using System.Text.Json;
using Ilgpu.Pretrain.Continuation;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>Folders and files that reports are made of: real runs, an ensemble and a tuning with made-up losses, saved fits.</summary>
internal sealed class ReportFolders : IDisposable
{
    public static readonly double[] Together = [4.71, 4.45, 4.365, 4.3218, 4.296];

    /// <summary>Losses of the students of a chain.</summary>
    public static readonly double[] Generations = [4.5, 4.42, 4.4];

    public static readonly double[] Alone = [4.71, 4.73, 4.69, 4.72, 4.70];

    public ReportFolders()
    {
        string[] members = [.. Enumerable.Range(0, Together.Length).Select(member =>
        {
            TrainingConfig config = Runs.Config with { InitializationSeed = (ulong)(10 + member), Epochs = 1 };
            Runs.Run($"runs/{config.Id}", config);
            return Runs.Path($"runs/{config.Id}");
        })];
        Run = members[0];
        Members = EnsembleMember.Open(members);
        Ensemble = EnsembleFolder.Write(Runs.Path("runs/ensembles"), Members, null, Scores);
        Result = TuningResult.Of(Plan, new Tuner(Plan.Grid, new Bowl()).Run(Plan.Start, Plan.NoiseSeeds));
        Tuning = TuningFolder.Write(Runs.Path("runs/tunings"), Result);
    }

    public TestRuns Runs { get; } = new();

    public string Run { get; }

    public string Ensemble { get; }

    public string Tuning { get; }

    public string Fit => Saved("fit.json", """
        {"law":"power","form":"A / x^alpha + E","points":4,"r2":0.999,"parameters":{"A":0.5,"alpha":1,"E":3.2},"intervals":{"E":[3.1,3.3],"A":null},"confidence":0.95,"bootstraps":1000,
         "findings":[],"predictions":[{"at":{"N":8},"value":3.2625,"interval":[3.2,3.3]}],
         "residuals":[{"row":"a","measured":3.7,"fitted":3.7,"at":{"N":1}},{"row":"b","measured":3.451,"fitted":3.45,"at":{"N":2}},{"row":"c","measured":3.324,"fitted":3.325,"at":{"N":4}},{"row":"<d>","measured":3.2625,"fitted":3.2625,"at":{"N":8}}],
         "warnings":["a & b"],"an_unknown_field":{}}
        """);

    public string Efficiency => Saved("efficiency.json", """
        {"law":"data-efficiency","form":"A / D^alpha + E of each recipe","points":8,"parameters":{"A[standard]":100,"alpha[standard]":0.2,"E[standard]":2,"A[better]":80,"alpha[better]":0.2,"E[better]":2},
         "findings":[{"what":"data efficiency, measured","at":{"recipe":"better","D":"1E+08"},"value":3.05}],
         "residuals":[{"row":"1","measured":4.5119,"fitted":4.5119,"at":{"D":1e8},"words":{"recipe":"standard"}},{"row":"2","measured":4.1867,"fitted":4.1867,"at":{"D":2e8},"words":{"recipe":"standard"}},{"row":"3","measured":3.9037,"fitted":3.9037,"at":{"D":4e8},"words":{"recipe":"standard"}},
                      {"row":"4","measured":4.0095,"fitted":4.0095,"at":{"D":1e8},"words":{"recipe":"better"}},{"row":"5","measured":3.7493,"fitted":3.7493,"at":{"D":2e8},"words":{"recipe":"better"}},{"row":"6","measured":3.5229,"fitted":3.5229,"at":{"D":4e8},"words":{"recipe":"better"}}]}
        """);

    /// <summary>As study.json is written, with a field that is not known here.</summary>
    public string Study
    {
        get
        {
            string folder = Runs.Path("runs/studies/a-study");
            Directory.CreateDirectory(folder);
            string scores = JsonSerializer.Serialize(Scores, RunJson.Compact);
            File.WriteAllText(Path.Combine(folder, "study.json"), $$"""
                {"name":"a-study","file":"a.yaml","written":"2026-11-29T12:00:00Z","seconds":100,"slots":2,"busy_seconds":98,"a_new_field":1,"steps":[
                 {"name":"base","kind":"runs","state":"done","seconds":10,"needs":[],"loss":3.5,"runs":[{"name":"base","id":"{{Path.GetFileName(Run)}}","folder":"../../{{Path.GetFileName(Run)}}","val_loss":3.5,"bits_per_byte":2,"parameters":100,"learning_rate":0.01,"epochs":2,"weight_decay":0.1,"tokens":521,"seconds":1}]},
                 {"name":"many","kind":"ensemble","state":"found","needs":["base"],"loss":4.296,"scores":{{scores}}},
                 {"name":"more","kind":"ensemble","state":"done","needs":["base"],"loss":4.296,"folder":"../../tunings/{{Result.Id}}","scores":{{scores}}},
                 {"name":"law","kind":"fit","state":"done","needs":["many"],"fit":{{File.ReadAllText(Fit)}}},
                 {"name":"asked","kind":"evaluation","state":"done","needs":["many"],"accuracies":[{"of":"many","key":"k","task":"blimp","data":"d","members":["a","b"],"rows":67,"accuracy":0.5625,"standard_error":0.0625,"accuracy_by_k":[0.53125,0.5625]}]},
                 {"name":"broken","kind":"runs","state":"failed","needs":[],"message":"it failed <here>"}]}
                """);
            return folder;
        }
    }

    /// <summary>A student whose distillation lies in the store, one that a ledger alone knows, and a continued run.</summary>
    public string TaughtStudy
    {
        get
        {
            string folder = Runs.Path("runs/studies/taught");
            Directory.CreateDirectory(folder);
            string student = DistillationFolder.Read(Distillation).Student.RunId;
            string continued = ContinuationEvaluator.ReadFolder(Continuation).After[0];
            string unknown = new('0', student.Length);
            File.WriteAllText(Path.Combine(folder, "study.json"), $$"""
                {"name":"taught","steps":[
                 {"name":"student","kind":"distillation","state":"done","needs":["many"],"loss":4.4,"teacher_loss":4.296,"baseline_loss":4.69,"share_kept":0.736,"runs":[{{RunOf(student)}}]},
                 {"name":"other-student","kind":"distillation","state":"found","needs":["many"],"loss":4.8,"teacher_loss":4.7,"baseline_loss":4.7,"runs":[{{RunOf(unknown)}}]},
                 {"name":"onward","kind":"continued","state":"done","needs":["base"],"loss":4.5,"runs":[{{RunOf(continued)}}]}]}
                """);
            return folder;

            string RunOf(string id) =>
                $$"""{"name":"a run","id":"{{id}}",{{(id == unknown ? "" : $"\"folder\":\"../../{id}\",")}}"val_loss":4.4,"bits_per_byte":2,"parameters":100,"learning_rate":0.01,"epochs":1,"weight_decay":0.1,"tokens":521,"seconds":1}""";
        }
    }

    /// <summary>Tunings and ensembles of three sizes on one amount of data, of two on another, and their joint limit.</summary>
    public string ScaledStudy
    {
        get
        {
            string folder = Runs.Path("runs/studies/scaled");
            Directory.CreateDirectory(folder);
            string scores = JsonSerializer.Serialize(Scores, RunJson.Compact);
            IEnumerable<string> steps =
            [
                Step("tuned", "tuning", 51_200, 400, 4.2), Step("tuned", "tuning", 51_200, 100, 4.5), Step("tuned", "tuning", 51_200, 200, 4.3),
                Step("tuned", "tuning", 102_400, 100, 4.1), Step("tuned", "tuning", 102_400, 200, 4.0),
                .. Enumerable.Range(0, 3).Select(size => Step("ensemble", "ensemble", 51_200, 100 << size, 4.15, $",\"scores\":{scores}")),
                .. Enumerable.Range(1, 3).Select(seed => Step("seed", "runs", 51_200, 100, 4.5 + seed)),
                """{"name":"limit","kind":"fit","state":"done","needs":[],"fit":{"law":"joint","form":"A / N^alpha + E","points":15,"parameters":{"A":1,"alpha":1,"E":3.9},"residuals":[],"findings":[{"what":"asymptote in K","at":{"D":"51200","N":"100"},"value":4.1},{"what":"asymptote in K","at":{"D":"51200","N":"200"},"value":4.0},{"what":"asymptote in K","at":{"D":"51200","N":"400"},"value":3.95},{"what":"limit of K and N","at":{"D":"51200"},"value":3.9}]}}""",
                """{"name":"other-limit-all","family":"other-limit-$budget","kind":"fit","state":"done","needs":[],"fit":{"law":"joint","form":"A / N^alpha + E","points":15,"parameters":{"A":1,"alpha":1,"E":3.8},"residuals":[],"findings":[{"what":"asymptote in K","at":{"D":"51200","N":"100"},"value":4.0},{"what":"limit of K and N","at":{"D":"51200"},"value":3.85,"interval":[3.8,3.87]}]}}""",
            ];
            File.WriteAllText(Path.Combine(folder, "study.json"), $"{{\"name\":\"scaled\",\"steps\":[{string.Join(',', steps)}]}}");
            return folder;

            static string Step(string family, string kind, int tokens, int size, double loss, string more = "") => FormattableString.Invariant(
                $$"""{"name":"{{family}}-{{size}}-{{tokens}}-{{loss}}","family":"{{family}}-$size-${budget}","kind":"{{kind}}","state":"done","needs":[],"loss":{{loss}},"runs":[{"name":"a","id":"{{family}}{{size}}{{tokens}}{{loss}}","val_loss":{{loss}},"bits_per_byte":2,"parameters":{{size}},"learning_rate":0.01,"epochs":2,"weight_decay":0.1,"tokens":{{tokens}},"seconds":1}]{{more}}}""");
        }
    }

    /// <summary>Taught by all members, by what a corpus of theirs that is gone had.</summary>
    public string Distillation => DistillationFolder.Write(Runs.Path("runs/distillations"), Record(StudentRun(20, null), 4.4, null) with
    {
        Method = DistillationMethod.Synthetic,
        Alpha = null,
        Temperature = null,
        Weight = .75,
        SyntheticId = "c",
        SyntheticFolder = Runs.Path("runs/synthetic/c"),
        SyntheticTokens = 1563,
    });

    /// <summary>Three generations by soft labels.</summary>
    public IReadOnlyList<string> Chain
    {
        get
        {
            var folders = new List<string>();
            IReadOnlyList<EnsembleMember> teachers = Members;
            foreach ((double loss, int generation) in Generations.Select((loss, i) => (loss, i + 1)))
            {
                (string id, string folder) = StudentRun(30 + (ulong)generation, teachers);
                folders.Add(DistillationFolder.Write(Runs.Path("runs/distillations"), Record((id, folder), loss, generation)));
                teachers = EnsembleMember.Open([folder]);
            }

            return folders;
        }
    }

    /// <summary>One run continued, with a fifth of the windows replayed.</summary>
    public string Continuation => Continued([(Run, 40)], .2, new BeforeAndAfter(Single(5.5), Single(4.5)), new BeforeAndAfter(Single(4.71), Single(4.9)));

    /// <summary>All members continued, what they were trained on before not known.</summary>
    public string ContinuedMembers => Continued(
        [.. Members.Select((member, i) => (member.Folder, 50 + (ulong)i))], 0, new BeforeAndAfter(Scores, Scores with { LogitAverage = [.. Together.Select(loss => loss - .5)] }), null);

    public IReadOnlyList<EnsembleMember> Members { get; }

    public TuningResult Result { get; }

    public static EnsembleScores Scores { get; } = new(Alone, Together, [.. Together.Select(loss => loss - .004)], 1000, 2400, MemberResidency.Resident, 1);

    private TuningPlan Plan => new() { Config = Runs.Config with { LearningRate = 3e-3, Epochs = 8, WeightDecay = .8 }, Grid = new TuningGrid(), NoiseSeeds = 3 };

    public void Dispose() => Runs.Dispose();

    public static EnsembleScores Single(double loss) => new([loss], [loss], [loss], 1000, 2400, MemberResidency.Resident, 1);

    private DistillationRecord Record((string Id, string Folder) student, double loss, int? generation)
    {
        DistillationRun[] teachers = [.. Members.Select((member, i) => new DistillationRun(member.Id, member.Folder, Alone[i]))];
        return new DistillationRecord
        {
            Method = DistillationMethod.Soft,
            Kind = TeacherKind.Logits,
            Teachers = teachers,
            Student = new DistillationRun(student.Id, student.Folder, loss),
            Baseline = teachers[2],
            Alpha = .45,
            Temperature = 1.2,
            Generation = generation,
            TeacherLoss = Together[^1],
            ShareKept = new DistillationGain(Together[^1], Alone[2], loss).ShareKept,
            ValidationTokens = 1000,
        };
    }

    /// <summary>A run; of a soft student where there are teachers.</summary>
    private (string Id, string Folder) StudentRun(ulong seed, IReadOnlyList<EnsembleMember>? teachers)
    {
        TrainingConfig config = Runs.Config with
        {
            InitializationSeed = seed,
            Epochs = 1,
            SoftLabels = teachers is null ? null : new SoftLabels { Teachers = [.. teachers.Select(teacher => teacher.Id)] },
        };
        string folder = Runs.Path($"runs/{config.Id}");
        Trainer.Run(config, TestRuns.Options with { EvaluateEvery = 2 }, new TrainingSources(Runs.Dataset) { Teachers = teachers ?? [] }, TestRuns.Device, folder, null, TestContext.Current.CancellationToken);
        return (config.Id, folder);
    }

    public string Continued((string Run, ulong Seed)[] starts, double replay, BeforeAndAfter onNew, BeforeAndAfter? onOld)
    {
        string[] after = [.. starts.Select(start =>
        {
            TrainingConfig begun = RunFolder.ReadConfig(start.Run);
            TrainingConfig config = begun with
            {
                DataSeed = start.Seed,
                Start = new RunStart { RunId = begun.Id },
                Mixed = replay > 0 ? new MixedData { DatasetHash = begun.DatasetHash, Share = replay, Tokens = begun.Tokens } : null,
            };
            var sources = new TrainingSources(Runs.Dataset) { StartFolder = start.Run, Mixed = replay > 0 ? Runs.Dataset : null };
            Trainer.Run(config, TestRuns.Options, sources, TestRuns.Device, Runs.Path($"runs/{config.Id}"), null, TestContext.Current.CancellationToken);
            return config.Id;
        })];
        var record = new ContinuationRecord([.. starts.Select(start => Path.GetFileName(start.Run))], after, "old", null, new ContinuationScores(onNew, onOld));
        string folder = Runs.Path($"runs/continuations/{after[0]}");
        ChecksummedJson.WriteFile(Path.Combine(folder, "continuation.json"), record);
        return folder;
    }

    private string Saved(string name, string json)
    {
        File.WriteAllText(Runs.Path(name), json);
        return Runs.Path(name);
    }

    /// <summary>Lowest at lr .003, epochs 16, wd 1.6; the largest rate diverges.</summary>
    private sealed class Bowl : ITuningObjective
    {
        public IReadOnlyList<TrialOutcome> Run(IReadOnlyList<TuningTrial> trials) =>
        [
            .. trials.Select(trial => trial.Point.LearningRate > .02
                ? new TrialOutcome { Loss = double.PositiveInfinity, Runs = ["diverged"], Divergence = "the loss is not a number" }
                : new TrialOutcome
                {
                    Loss = 3.5 + (.1 * Square(Math.Log(trial.Point.LearningRate / 3e-3))) + (.02 * Square(Math.Log2(trial.Point.Epochs / 16.0))) + (.01 * Square(trial.Point.WeightDecay - 1.6)) + (.006 * Math.Sin(trial.Repeat)),
                    Runs = [$"run{trial.Repeat}"],
                }),
        ];

        private static double Square(double value) => value * value;
    }
}
