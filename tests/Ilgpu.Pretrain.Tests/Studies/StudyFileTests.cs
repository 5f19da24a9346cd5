using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>A study's file as it is read: what its names stand for, and mistakes by line and column.</summary>
public sealed class StudyFileTests : IDisposable
{
    /// <summary>Lines 1 to 4; what a test adds begins at line 5.</summary>
    private const string Head = """
        datasets: {text: {source: text}}
        recipes:
          base: {model: mini-xxs, tokens: 521, batch: 4, length: 16, lr: 1e-2}
          other: {recipe: base, wd: .8}

        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("runs: {a: {recipe: bse}}", 5, 20, "'bse' is not among recipes; there is: base, other")]
    [InlineData("runs: {a: {recipe: base, lrr: 1}}", 5, 26, "'lrr' is no key of the run 'a'; there is: sweep,")]
    [InlineData("runs:\n  a: {recipe: base, lr: fast}", 6, 25, "there is 'fast'; it takes a number")]
    [InlineData("runs:\n  a: {recipe: base, epochs: 1.5}", 6, 29, "there is '1.5'; it takes a whole number")]
    [InlineData("runs:\n  a: {recipe: base, lr: 0}", 6, 25, "--lr was given 0; it takes a number above 0")]
    [InlineData("runs:\n  a: {recipe: base, lr: [1, 2]}", 6, 25, "there is a list; it takes a number")]
    [InlineData("runs:\n  a: {recipe: base, schedule: slow}", 6, 31, "it takes one of cosine")]
    [InlineData("runs:\n  a: {recipe: base, epochs: x1.5}", 6, 29, "1.5 times the inherited epochs of 1 is 1.5")]
    [InlineData("runs:\n  a: {recipe: base}\n  a: {recipe: other}", 7, 3, "uplicate key")]
    [InlineData("runs: {a: {recipe: base}}\nensembles: {a: {recipe: base, members: 2}}", 6, 13, "'a' is named twice: it is among runs, too")]
    [InlineData("runs: {a: base}", 5, 11, "there is 'base'; it takes a mapping")]
    [InlineData("runs: {a: {data: text}}", 5, 11, "has no 'model'")]
    [InlineData("runs: {a: {model: huge}}", 5, 19, "'huge' is neither a preset nor a file")]
    [InlineData("runs: {a: {recipe: base, data: books}}", 5, 32, "'books' is not among datasets; there is: text")]
    [InlineData("runs: {a: {recipe: base, sweep: {seed: [1, 1]}}}", 5, 44, "'1' is twice in the list of seed")]
    [InlineData("runs: {a: {recipe: base, sweep: {seed: 5..1}}}", 5, 40, "FROM..TO")]
    [InlineData("runs: {a: {recipe: base, sweep: grid}}", 5, 33, "'grid' is not among grids, of which there are none")]
    [InlineData("runs: {a-$size: {recipe: base}}", 5, 8, "$size has no list in 'foreach'")]
    [InlineData("foreach: {size: [mini-xs]}\nruns: {a: {recipe: base, model: $size}}", 6, 33, "$size has no value here")]
    [InlineData("foreach: {size: []}\nruns: {a: {recipe: base}}", 5, 17, "the list of $size is empty")]
    [InlineData("ensembles: {e: {recipe: base}}", 5, 16, "the ensemble 'e' has no 'members'")]
    [InlineData("ensembles: {e: {recipe: base, members: 0}}", 5, 40, "it takes a whole number from 1 to 1000")]
    [InlineData("ensembles: {e: {of: nobody}}", 5, 21, "'nobody' is not among runs, tunings")]
    [InlineData("ensembles: {e: {of: f}}\nfits: {f: {law: power, of: e}}", 5, 21, "'f' is among fits; an ensemble takes one of runs, tunings")]
    [InlineData("fits: {f: {law: power, of: x-*}}", 5, 28, "fits 'x-*'")]
    [InlineData("runs: {a: {recipe: base}}\nfits: {f: {law: gravity, of: a}}", 6, 17, "--law was given 'gravity'")]
    [InlineData("runs: {a: {recipe: base}}\nfits: {f: {law: power, of: a, columns: {Q: n}}}", 6, 17, "no variable 'Q'")]
    [InlineData("runs: {a: {recipe: base}}\nevaluations: {e: {of: a, task: chess, data: x}}", 6, 32, "there is 'chess'; it takes one of multiple-choice, piqa")]
    [InlineData("runs: {a: {recipe: base}}\nevaluations: {e: {of: a, task: blimp, data: x, shots: 2}}", 6, 55, "'blimp' compares whole texts")]
    [InlineData("runs: {a: {recipe: base}}\nevaluations: {e: {of: b, task: blimp, data: x}}", 6, 23, "'b' is not among runs, tunings")]
    [InlineData("tunings: {t: {recipe: base, grid: {lr: [1e-2], epochs: [1]}}}", 5, 11, "has no neighbours")]
    [InlineData("tunings: {t: {recipe: base, grid: {lr: [1e-3, 3e-3]}}}", 5, 11, "--lr was given 0.01; it takes a value of its grid")]
    [InlineData("tunings: {t: {recipe: base, grid: {lr: [1e-3, 1e-2], dropout: [0, .1]}}}", 5, 54, "'dropout' is no key of a tuning's grid")]
    [InlineData("tunings: {t: {recipe: base, tuning: t}}", 5, 37, "a cycle: 't' needs 't'")]
    [InlineData("tunings:\n  a: {tuning: b, grid: {lr: [1e-3, 1e-2]}}\n  b: {tuning: a, grid: {lr: [1e-3, 1e-2]}}", 7, 15, "a cycle: 'a' needs 'b' needs 'a'")]
    [InlineData("fits:\n  f: {law: power, of: g}\n  g: {law: power, of: f}", 7, 23, "a cycle: 'f' needs 'g' needs 'f'")]
    [InlineData("models: {m: {hidden: 16, mlp: 24, layers: 1, heads: 3, context: 16}}\nruns: {a: {recipe: base}}", 5, 13, "heads has to divide hidden")]
    [InlineData("models: {m: {hidden: 16}}\nruns: {a: {recipe: base}}", 5, 13, "has no 'heads'")]
    [InlineData("options: {log-every: 0}\nruns: {a: {recipe: base}}", 5, 10, "--log-every was given 0")]
    [InlineData("grids: {}", 1, 1, "the study has no steps")]
    [InlineData("steps: {}", 5, 1, "'steps' is no key of a study; there is: name,")]
    [InlineData("runs: {a: {recipe: base}", 6, 1, "")]
    [InlineData("name: ../up\nruns: {a: {recipe: base}}", 5, 7, "which names a folder")]
    public void A_mistake_is_one_line_with_its_place(string more, int line, int column, string says)
    {
        string path = folder.Write("study.yaml", Head + more);
        string message = Assert.Throws<InputException>(() => Study.Read(path)).Message;
        Assert.StartsWith($"study.yaml, line {line}, column {column}: ", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("  a: {recipe: b}\n  b: {recipe: a}", 4, 15, "a cycle: 'a' needs 'b' needs 'a'")]
    [InlineData("  a: {recipe: a}", 3, 15, "a cycle: 'a' needs 'a'")]
    public void Recipes_that_need_each_other_are_a_cycle(string recipes, int line, int column, string says)
    {
        string path = folder.Write("study.yaml", $"datasets: {{text: text}}\nrecipes:\n{recipes}\nruns: {{r: {{recipe: a}}}}\n");
        string message = Assert.Throws<InputException>(() => Study.Read(path)).Message;
        Assert.Equal($"study.yaml, line {line}, column {column}: {says}.", message);
    }

    [Fact]
    public void Steps_come_behind_those_that_they_need_whatever_the_order_of_the_file()
    {
        string path = folder.Write("study.yaml", """
            fits: {law: {law: power, of: [e, a], columns: {N: n}}}
            ensembles: {e: {of: [a, t]}}
            tunings: {t: {recipe: base, grid: {lr: [1e-3, 1e-2]}, data: second}}
            runs: {a: {recipe: base, sweep: {seed: 1..3}}}
            datasets: {text: {source: text}, second: {source: other, tokenizer-of: text}}
            recipes: {base: {data: text, model: mini-xxs, tokens: 521, batch: 4, length: 16, lr: 1e-2}}
            """);
        var study = Study.Read(path);
        string[] names = [.. study.Steps.Select(step => step.Name)];
        Assert.Equal(["a", "e", "law", "second", "t", "text"], names.Order(StringComparer.Ordinal));
        Assert.All(study.Steps, step => Assert.All(step.Needs, need => Assert.True(Array.IndexOf(names, need.Name) < Array.IndexOf(names, step.Name), $"{step.Name} needs {need.Name}")));
        Assert.Equal(["a", "t"], study.Steps.First(step => step.Name == "e").Needs.Select(need => need.Name));
        Assert.Equal("study", study.Name);
    }

    [Fact]
    public void A_name_with_variables_stands_for_one_step_a_combination()
    {
        string path = folder.Write("study.yaml", """
            foreach:
              size: [mini-xxs, mini-xs]
              budget: {small: 521, large: 1041}
            datasets: {text: {source: text}}
            recipes: {base: {model: $size, tokens: $budget, batch: 4, length: 16, lr: 1e-2}}
            tunings: {t-$size-$budget: {recipe: base, grid: {lr: [1e-3, 1e-2]}}}
            ensembles:
              e-${size}-$budget: {tuning: t-$size-$budget, members: 2, foreach: {budget: {large: 1041}}}
            fits:
              by-$size: {law: power, of: "e-$size-*", columns: {K: k}}
            """);
        var study = Study.Read(path);
        Assert.Equal(
            ["by-mini-xs", "by-mini-xxs", "e-mini-xs-large", "e-mini-xxs-large", "t-mini-xs-large", "t-mini-xs-small", "t-mini-xxs-large", "t-mini-xxs-small", "text"],
            study.Steps.Select(step => step.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["t-mini-xs-large"], study.Steps.First(step => step.Name == "e-mini-xs-large").Needs.Where(need => need.Kind == "tuning").Select(need => need.Name));
        Assert.Equal(["e-mini-xxs-large"], study.Steps.First(step => step.Name == "by-mini-xxs").Needs.Select(need => need.Name));
    }

    [Fact]
    public void The_studies_of_the_repository_can_be_read()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests were copied away from their repository");
        string[] files = Directory.GetFiles(Path.Combine(Repository.Root!, "studies"), "*.yaml");
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.NotEmpty(Study.Read(file).Steps));
    }
}
