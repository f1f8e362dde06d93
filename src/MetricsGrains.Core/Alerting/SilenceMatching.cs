using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MetricsGrains.Core.Alerting;

/// <summary>Which alerts a silence is for, and whether it can be one.</summary>
public static class SilenceMatching
{
    /// <summary>Matchers a silence may have.</summary>
    public const int MaxMatchers = 50;

    /// <summary>Characters a matcher's value may have.</summary>
    public const int MaxValue = 2_000;

    // Without backtracking a match takes linear time; this is for expressions whose automaton is huge.
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromMilliseconds(250);

    // Goes with the matchers: nothing has to be thrown out, and nothing grows.
    private static readonly ConditionalWeakTable<AlertMatcher, Regex> s_compiled = [];

    // What nobody's tags are: a matcher that lets all of them through lets everything through.
    private static readonly string[] s_probes = ["", "a", "Zq9-probe/π", "0", new string('x', 40)];

    /// <summary>Whether every matcher holds. A regular expression that can't be read, or takes too long, matches nothing: then the silence is not for the alert.</summary>
    /// <param name="labels">See <see cref="AlertLabels.Of"/>.</param>
    public static bool Matches(Silence silence, IReadOnlyDictionary<string, string> labels)
    {
        foreach (AlertMatcher matcher in silence.Matchers)
        {
            if (!Holds(matcher, labels.TryGetValue(matcher.Label, out string? value) ? value : ""))
            {
                return false;
            }
        }
        return silence.Matchers.Count > 0;
    }

    /// <summary>What is wrong with a silence; none when it can be saved.</summary>
    public static IReadOnlyList<FieldProblem> Check(Silence silence)
    {
        var problems = new List<FieldProblem>();
        CheckMatchers(silence.Matchers, problems);
        if (silence.ToMs <= silence.FromMs)
        {
            problems.Add(new FieldProblem("to", "must be after 'from'"));
        }
        Require(silence.CreatedBy, "created_by", "say who makes it", 200, problems);
        Require(silence.Comment, "comment", "say why, for those who wonder at three in the morning", 2_000, problems);
        if (silence.Recurrence is { } recurrence)
        {
            CheckRecurrence(recurrence, problems);
        }
        return problems;
    }

    private static void CheckMatchers(IReadOnlyList<AlertMatcher> matchers, List<FieldProblem> problems)
    {
        if (matchers.Count is 0 or > MaxMatchers)
        {
            problems.Add(new FieldProblem("matchers", $"must be 1 to {MaxMatchers} of them, like alertname=HighLatency or env=~stag.*"));
            return;
        }
        bool sound = true;
        for (int i = 0; i < matchers.Count; i++)
        {
            if (ProblemOf(matchers[i]) is { } problem)
            {
                problems.Add(new FieldProblem(FormattableString.Invariant($"matchers[{i}]"), problem));
                sound = false;
            }
        }
        if (sound && matchers.All(m => s_probes.All(p => Holds(m, p))))
        {
            problems.Add(new FieldProblem("matchers", "match every alert, or nearly: nobody would be told of anything", Warning: true));
        }
    }

    private static string? ProblemOf(AlertMatcher matcher)
    {
        if (matcher.Label.Length is 0 or > 200)
        {
            return "names no label, or one of more than 200 characters";
        }
        if (!Enum.IsDefined(matcher.Operator))
        {
            return "the operator must be =, !=, =~ or !~";
        }
        if (matcher.Value.Length > MaxValue)
        {
            return $"the value has more than {MaxValue} characters";
        }
        return matcher.Operator is MatchOperator.Equal or MatchOperator.NotEqual || TryCompile(matcher, out _, out string problem) ? null : problem;
    }

    private static void CheckRecurrence(Recurrence recurrence, List<FieldProblem> problems)
    {
        if (recurrence.Days.Count == 0 || recurrence.Days.Any(d => !Enum.IsDefined(d)))
        {
            problems.Add(new FieldProblem("recurrence.days", "must name at least one day of the week"));
        }
        if (recurrence.Length <= TimeSpan.Zero || recurrence.Length > TimeSpan.FromDays(7))
        {
            problems.Add(new FieldProblem("recurrence.length", "must be more than 0 and at most 7d"));
        }
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(recurrence.TimeZone, out _))
        {
            problems.Add(new FieldProblem("recurrence.time_zone", $"'{recurrence.TimeZone}' is no time zone known here; write it like Europe/Berlin or UTC"));
        }
    }

    private static void Require(string text, string field, string advice, int longest, List<FieldProblem> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            problems.Add(new FieldProblem(field, advice));
        }
        else if (text.Length > longest)
        {
            problems.Add(new FieldProblem(field, $"{text.Length} characters, more than {longest}"));
        }
    }

    private static bool Holds(AlertMatcher matcher, string value) => matcher.Operator switch
    {
        MatchOperator.Equal => value == matcher.Value,
        MatchOperator.NotEqual => value != matcher.Value,
        MatchOperator.Regex => IsMatch(matcher, value) == true,
        MatchOperator.NotRegex => IsMatch(matcher, value) == false,
        _ => false,
    };

    /// <returns>Null: it can't be told.</returns>
    private static bool? IsMatch(AlertMatcher matcher, string value)
    {
        try
        {
            return TryCompile(matcher, out Regex? regex, out _) ? regex.IsMatch(value) : null;
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    private static bool TryCompile(AlertMatcher matcher, [NotNullWhen(true)] out Regex? regex, out string problem)
    {
        problem = "";
        if (s_compiled.TryGetValue(matcher, out regex))
        {
            return true;
        }
        try
        {
            // \A and \z, for $ would let a line's end through.
            regex = new Regex($@"\A(?:{matcher.Value})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, s_matchTimeout);
            s_compiled.AddOrUpdate(matcher, regex);
            return true;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            problem = error is NotSupportedException
                ? $"'{matcher.Value}' uses what regular expressions here don't have: look-arounds, back references or atomic groups"
                : $"'{matcher.Value}' is no regular expression: {error.Message}";
            return false;
        }
    }
}
