using System.Text.RegularExpressions;

namespace MetricsGrains.Architecture.Tests;

/// <summary>Rules about time, waiting and size that hold in every file under src.</summary>
public sealed partial class SourceTests
{
    private const int MaxLines = 400;

    [Fact]
    public void Sources_OutsideTheComposition_ReadNoWallClock() =>
        AssertNone(WallClock(), exceptComposition: true, "reads the wall clock. Take the time as a long unixMs argument, or an injected TimeProvider.");

    [Fact]
    public void Sources_OutsideTheComposition_ChooseNoClock() =>
        AssertNone(SystemTime(), exceptComposition: true, "chooses the clock. Take a TimeProvider in the constructor; only Program.cs and files under Composition hand out TimeProvider.System.");

    [Fact]
    public void Sources_Everywhere_BlockNoThreadToSleep() =>
        AssertNone(Sleep(), exceptComposition: false, "sleeps a thread. Await Task.Delay(delay, timeProvider, cancel), or a timer.");

    [Fact]
    public void Sources_Everywhere_BlockNoThreadOnATask() =>
        AssertNone(BlockingWait(), exceptComposition: false, "blocks a thread on a task, which starves the pool and can deadlock. Make the caller async and await.");

    [Fact]
    public void Sources_Everywhere_StayUnderFourHundredLines()
    {
        string[] large = [.. from file in Repository.SourceFiles
                             let lines = Repository.Lines(file).Length
                             where lines > MaxLines
                             select $"{file}:{lines}: {lines} lines, at most {MaxLines} allowed. If a class needs that much, it is two classes: split it by what changes together."];
        Assert.True(large.Length == 0, string.Join('\n', large));
    }

    private static void AssertNone(Regex forbidden, bool exceptComposition, string advice)
    {
        Assert.NotEmpty(Repository.SourceFiles);
        var violations = new List<string>();
        foreach (string file in Repository.SourceFiles.Where(f => !(exceptComposition && IsComposition(f))))
        {
            string[] lines = Repository.Lines(file);
            for (int i = 0; i < lines.Length; i++)
            {
                // A comment may name what the code must not do.
                if (!lines[i].TrimStart().StartsWith("//", StringComparison.Ordinal) && forbidden.Match(lines[i]) is { Success: true } match)
                {
                    violations.Add($"{file}:{i + 1}: {match.Value} {advice}");
                }
            }
        }
        Assert.True(violations.Count == 0, string.Join('\n', violations));
    }

    private static bool IsComposition(string file) =>
        file.EndsWith("/Program.cs", StringComparison.Ordinal) || file.Contains("/Composition/", StringComparison.Ordinal);

    [GeneratedRegex(@"\bDateTime(Offset)?\.(UtcNow|Now|Today)\b")]
    private static partial Regex WallClock();

    [GeneratedRegex(@"\bTimeProvider\.System\b")]
    private static partial Regex SystemTime();

    [GeneratedRegex(@"\bThread\.Sleep\b")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\.GetAwaiter\(\)\s*\.GetResult\(\)")]
    private static partial Regex BlockingWait();
}
