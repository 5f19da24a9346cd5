using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Distillation;

/// <summary>The teachers of a run by soft labels, resident beside their student.</summary>
public sealed class SoftLabelTeachers : IDisposable
{
    private readonly List<LlamaModel> models = [];

    private SoftLabelTeachers()
    {
    }

    /// <summary>The finished runs in these folders, in their order. They may differ in all but what <see cref="Trainer.Run"/> then checks against the student.</summary>
    /// <param name="folders">One at least.</param>
    /// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
    /// <exception cref="InputException">One is not a run, is not finished, or lost its last checkpoint.</exception>
    public static IReadOnlyList<EnsembleMember> Open(IReadOnlyList<string> folders, Action<string>? warn = null) =>
        folders.Count == 0
            ? throw new InputException("A student by soft labels has one teacher at least; none was given.")
            : [.. folders.Select(folder => EnsembleMember.OpenLast(folder, warn))];

    /// <summary>Loads them and has the student learn from them. The student is disposed of first.</summary>
    /// <param name="student">Just made.</param>
    /// <param name="labels">What the student's configuration says of them.</param>
    /// <param name="teachers">In its order.</param>
    internal static SoftLabelTeachers Of(LlamaModel student, SoftLabels labels, IReadOnlyList<EnsembleMember> teachers)
    {
        var loaded = new SoftLabelTeachers();
        try
        {
            foreach (EnsembleMember teacher in teachers)
                loaded.models.Add(teacher.Load(student.Device, student.Options.OfTeacher()));
            student.LearnFrom(loaded.models, labels.Averaging, labels.Mix);
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <param name="config">The student's.</param>
    /// <param name="tokenizer">Of its dataset.</param>
    /// <param name="teachers">From <see cref="Open"/>; as many as it names, in its order.</param>
    /// <exception cref="InputException">They are not those that the configuration names, or cannot teach such a student.</exception>
    public static void RequireFitting(TrainingConfig config, Tokenizer tokenizer, IReadOnlyList<EnsembleMember> teachers)
    {
        IReadOnlyList<string> expected = config.SoftLabels?.Teachers ?? [];
        if (expected.Count != teachers.Count)
            throw new InputException(FormattableString.Invariant($"The run has {expected.Count} teachers; {teachers.Count} were given."));
        for (int i = 0; i < teachers.Count; i++)
        {
            EnsembleMember teacher = teachers[i];
            if (teacher.Cycle is not null)
                throw new InputException($"'{EnsembleMember.NameOf(teacher.Folder, teacher.Cycle)}' is a snapshot; soft labels are those of a run's last checkpoint, which its id alone says.");
            if (teacher.Config.Id != expected[i])
                throw new InputException(FormattableString.Invariant($"Teacher {i + 1} of the run is run {expected[i]}; the one in '{teacher.Folder}' is {teacher.Config.Id}."));
            LlamaConfig model = teacher.Config.Model;
            if (model.Vocabulary != config.Model.Vocabulary)
            {
                throw new InputException(FormattableString.Invariant(
                    $"The teacher in '{teacher.Folder}' has a vocabulary of {model.Vocabulary}, and the student one of {config.Model.Vocabulary}: soft labels are probabilities of the student's own tokens."));
            }

            if (model.Context < config.Length)
            {
                throw new InputException(FormattableString.Invariant(
                    $"The teacher in '{teacher.Folder}' has a context of {model.Context}, and the student's windows a --length of {config.Length}: a teacher reads the student's windows."));
            }

            if (teacher.Config.DatasetHash != config.DatasetHash && RunFolder.ReadTokenizer(teacher.Folder).Tokenizer.Fingerprint != tokenizer.Fingerprint)
                throw new InputException($"The teacher in '{teacher.Folder}' is of another tokenizer than the student's dataset, '{tokenizer.Name}': their ids mean other tokens.");
        }
    }

    public void Dispose() => models.ForEach(model => model.Dispose());
}
