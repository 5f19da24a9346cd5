using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>What <c>--teacher</c> takes: finished runs, ensembles, or both.</summary>
internal static class TeacherArgument
{
    /// <summary>The runs, and the ensembles' members, in the order given.</summary>
    /// <exception cref="InputException">One is neither, is not finished, or does not go with the first.</exception>
    public static IReadOnlyList<EnsembleMember> Open(IEnumerable<string> folders, TextWriter words)
    {
        string[] runs = [.. folders.SelectMany(folder =>
            EnsembleFolder.IsAt(folder) ? EnsembleFolder.OpenMembers(folder, words.WriteLine).Select(member => member.Folder) : [folder])];
        return runs.Length > 0
            ? EnsembleMember.Open(runs, words.WriteLine)
            : throw new InputException("--teacher was given nothing; it takes finished runs or an ensemble's folder.");
    }

    /// <summary>A student learns in its teachers' tokens, from the text that they know.</summary>
    /// <exception cref="InputException">A teacher has another vocabulary or tokenizer, or was trained on another dataset.</exception>
    public static void RequireSameText(IReadOnlyList<EnsembleMember> teachers, TokenDataset dataset)
    {
        foreach (EnsembleMember teacher in teachers)
        {
            if (teacher.Config.DatasetHash == dataset.Hash)
                continue;
            if (teacher.Config.Model.Vocabulary != dataset.Tokenizer.VocabularySize)
                throw new InputException($"The teacher '{teacher.Folder}' has a vocabulary of {teacher.Config.Model.Vocabulary}, and the tokenizer of the student's dataset '{dataset.Folder}' one of {dataset.Tokenizer.VocabularySize}: they share a tokenizer.");
            if (RunFolder.ReadTokenizer(teacher.Folder).Tokenizer.Fingerprint != dataset.Tokenizer.Fingerprint)
                throw new InputException($"The teacher '{teacher.Folder}' has another tokenizer than the student's dataset '{dataset.Folder}' ({dataset.Tokenizer.Description}): they share one.");
            throw new InputException($"The teacher '{teacher.Folder}' was trained on the dataset {teacher.Config.DatasetHash}, and the student's is {dataset.Hash}: they share the text, so that their losses can be compared.");
        }
    }
}
