using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Two processes that want the same run: there is one writer.</summary>
[Collection(nameof(StoppedRun))]
public sealed class TwoWritersTests(StoppedRun runs)
{
    [Fact]
    public void A_second_process_leaves_with_the_first_one_s_name_and_can_look_at_the_run()
    {
        string run = runs.Copy("busy");
        using (RunFolder.Open(run, runs.Config))
        {
            PretrainProcess.Ended second = PretrainProcess.Run(runs.Resuming(run));
            Assert.Equal(1, second.ExitCode);
            Assert.Contains($"is being written by process {Environment.ProcessId} on {Environment.MachineName}; wait for it or stop it first", second.ErrorLine, StringComparison.Ordinal);
            Assert.Contains("running, step 440 of 496", PretrainProcess.Run("runs", run).Output, StringComparison.Ordinal);
            PretrainProcess.Ended pruned = PretrainProcess.Run("runs", run, "--prune", "--keep", "none", "--yes");
            Assert.Contains("left alone", pruned.Output, StringComparison.Ordinal);
            Assert.Contains("Nothing to delete", pruned.Output, StringComparison.Ordinal);
        }

        runs.FinishToTheSameBits(run);
    }

    [Fact]
    public void Of_two_processes_that_start_at_once_one_works_and_the_other_leaves_or_finds_it_finished()
    {
        const int Rounds = 3;
        for (int round = 0; round < Rounds; round++)
        {
            string run = runs.Copy($"twins-{round}");
            if (round % 2 == 1)
                Directory.Delete(run, recursive: true);
            string[] train = runs.Train("--run", run);
            using PretrainProcess one = PretrainProcess.Start(train);
            using PretrainProcess other = PretrainProcess.Start(train);
            PretrainProcess.Ended[] ended = [one.WaitForEnd(), other.WaitForEnd()];
            Assert.Single(ended, process => process.Output.Contains("Finished: ", StringComparison.Ordinal));
            PretrainProcess.Ended second = Assert.Single(ended, process => !process.Output.Contains("Finished: ", StringComparison.Ordinal));
            if (second.ExitCode != 0)
                Assert.Contains("is being written by process", second.ErrorLine, StringComparison.Ordinal);
            else
                Assert.Contains("Found finished: ", second.Output, StringComparison.Ordinal);
            runs.AssertSameEnd(run);
        }
    }
}
