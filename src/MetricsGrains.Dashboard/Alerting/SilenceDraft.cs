using System.Globalization;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>A silence as it stands in the form.</summary>
public sealed record SilenceDraft
{
    /// <summary>Matchers, one a line.</summary>
    public string Matchers { get; init; } = "";

    /// <summary>Unix ms; null: from now on.</summary>
    public long? FromMs { get; init; }

    /// <summary>How long; used when <see cref="ToMs"/> is null.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Unix ms; null: by <see cref="Length"/>.</summary>
    public long? ToMs { get; init; }

    /// <summary>Comes again each week: a maintenance window.</summary>
    public bool Recurs { get; init; }

    public IReadOnlyList<DayOfWeek> Days { get; init; } = [];

    /// <summary>Local time of day, "22:00".</summary>
    public string Start { get; init; } = "22:00";

    public string WindowLength { get; init; } = "2h";

    /// <summary>IANA name.</summary>
    public string TimeZone { get; init; } = "UTC";

    public string By { get; init; } = "";

    public string Comment { get; init; } = "";

    public static SilenceDraft For(IEnumerable<string?> matchers) => new() { Matchers = string.Join('\n', matchers.Where(m => !string.IsNullOrWhiteSpace(m))) };

    /// <summary>The silence it says; what can't be read is among the problems, with all that <see cref="SilenceMatching.Check"/> finds.</summary>
    public Silence ToSilence(Guid id, long nowMs, out IReadOnlyList<FieldProblem> problems)
    {
        var reader = new DraftReader();
        var found = new List<FieldProblem>();
        long from = FromMs ?? nowMs;
        var silence = new Silence
        {
            Id = id,
            Matchers = ReadMatchers(found),
            FromMs = from,
            ToMs = ToMs ?? from + (long)Length.TotalMilliseconds,
            Recurrence = Recurs ? ReadRecurrence(reader, found) : null,
            CreatedBy = By.Trim(),
            Comment = Comment.Trim(),
            CreatedAtMs = nowMs,
        };
        found.AddRange(reader.Problems);
        if (silence.ToMs <= nowMs && silence.ToMs > silence.FromMs)
        {
            found.Add(new FieldProblem("to", "is over already"));
        }
        // A line that could not be read leaves fewer matchers than were meant: what those match means nothing.
        bool unread = found.Any(p => p.Field == "matchers");
        problems = [.. found, .. SilenceMatching.Check(silence).Where(p => found.All(f => f.Field != p.Field) && !(unread && p.Field.StartsWith("matchers", StringComparison.Ordinal)))];
        return silence;
    }

    private List<AlertMatcher> ReadMatchers(List<FieldProblem> problems)
    {
        var matchers = new List<AlertMatcher>();
        foreach (string line in Matchers.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (AlertMatcherText.TryParse(line, out AlertMatcher? matcher, out string problem) && matcher is not null)
            {
                matchers.Add(matcher);
            }
            else
            {
                problems.Add(new FieldProblem("matchers", problem));
            }
        }
        return matchers;
    }

    private Recurrence ReadRecurrence(DraftReader reader, List<FieldProblem> problems)
    {
        if (!TimeOnly.TryParseExact(Start.Trim(), ["HH:mm", "H:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly start))
        {
            problems.Add(new FieldProblem("recurrence.start", $"'{Start.Trim()}' is no time of day: write it like 22:00"));
        }
        return new Recurrence([.. Days.Order()], start, reader.Duration("recurrence.length", WindowLength), TimeZone.Trim());
    }
}
