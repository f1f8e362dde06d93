using System.Globalization;
using System.Text.Json;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Reads a silence.</summary>
internal static class SilenceBody
{
    private static readonly string[] s_answered = ["matchers_text", "status", "active", "created_at"];

    private static readonly (string, DayOfWeek)[] s_days = [.. Enum.GetValues<DayOfWeek>().Select(d => (d.ToString().ToLowerInvariant(), d))];

    private static readonly MatchOperator[] s_operators = Enum.GetValues<MatchOperator>();

    /// <param name="stored">The silence it edits; null for a new one.</param>
    /// <param name="inPart">What is absent stays as it is stored.</param>
    /// <param name="by">Who makes it, where <c>created_by</c> does not say.</param>
    public static Silence Read(JsonFields fields, Silence? stored, bool inPart, Guid id, string by, List<FieldProblem> problems, long nowMs)
    {
        fields.Ignore(s_answered);
        Silence? basis = inPart ? stored : null;
        long from = fields.Time("from") ?? basis?.FromMs ?? nowMs;
        TimeSpan duration = fields.Duration("duration", TimeSpan.Zero);
        long? to = fields.Time("to");
        if (to is not null && fields.Has("duration"))
        {
            fields.Add("duration", "give either to or duration");
        }
        else if (to is null && !fields.Has("duration") && basis is null)
        {
            fields.Add("to", "missing: until when? Or give a duration like 2h");
        }
        return new Silence
        {
            Id = id,
            Matchers = ReadMatchers(fields, basis?.Matchers ?? []),
            FromMs = from,
            ToMs = to ?? (fields.Has("duration") ? from + (long)duration.TotalMilliseconds : basis?.ToMs ?? from),
            Recurrence = fields.Element("recurrence") is { } recurrence ? ReadRecurrence(recurrence, problems) : fields.Names("recurrence") ? null : basis?.Recurrence,
            CreatedBy = fields.Text("created_by", stored?.CreatedBy ?? by).Trim(),
            Comment = fields.Text("comment", basis?.Comment ?? "").Trim(),
            Version = (stored?.Version ?? 0) + 1,
            CreatedAtMs = stored?.CreatedAtMs ?? nowMs,
        };
    }

    /// <summary>Texts like "env=~prod.*", or objects of label, operator and value.</summary>
    public static IReadOnlyList<AlertMatcher> ReadMatchers(JsonFields fields, IReadOnlyList<AlertMatcher> byDefault)
    {
        if (!fields.Has("matchers"))
        {
            return byDefault;
        }
        var matchers = new List<AlertMatcher>();
        int at = 0;
        foreach (JsonElement element in fields.Elements("matchers"))
        {
            string field = string.Create(CultureInfo.InvariantCulture, $"matchers[{at++}]");
            if (TryRead(element, out AlertMatcher? matcher, out string problem))
            {
                matchers.Add(matcher!);
            }
            else
            {
                fields.Add(field, problem);
            }
        }
        return matchers;
    }

    private static bool TryRead(JsonElement element, out AlertMatcher? matcher, out string problem)
    {
        matcher = null;
        if (element.ValueKind == JsonValueKind.String)
        {
            return AlertMatcherText.TryParse(element.GetString()!, out matcher, out problem);
        }
        var own = new List<FieldProblem>();
        var fields = new JsonFields(element, "", own);
        string label = fields.Text("label", ""), sign = fields.Text("operator", "="), value = fields.Text("value", "");
        fields.RefuseOthers();
        MatchOperator @operator = Array.Find(s_operators, o => AlertMatcherText.SignOf(o) == sign);
        problem = own.Count > 0 ? $"{own[0].Field} {own[0].Message}" : @operator == default ? $"operator '{sign}' must be one of =, !=, =~, !~" : "";
        matcher = problem.Length == 0 ? new AlertMatcher(label, @operator, value) : null;
        return matcher is not null;
    }

    private static Recurrence ReadRecurrence(JsonElement element, List<FieldProblem> problems)
    {
        var fields = new JsonFields(element, "recurrence.", problems);
        var days = new List<DayOfWeek>();
        foreach (string written in fields.Texts("days", []))
        {
            int found = Array.FindIndex(s_days, d => d.Item1.Equals(written, StringComparison.OrdinalIgnoreCase) || (written.Length == 3 && d.Item1.StartsWith(written, StringComparison.OrdinalIgnoreCase)));
            if (found < 0)
            {
                fields.Add("days", $"'{written}' is no day of the week; write monday … sunday");
                continue;
            }
            days.Add(s_days[found].Item2);
        }
        string start = fields.Text("start", "");
        if (!TimeOnly.TryParseExact(start, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly at))
        {
            fields.Add("start", $"'{start}' is no time of day; write it like 22:00");
        }
        var recurrence = new Recurrence([.. days.Distinct()], at, fields.Duration("length", TimeSpan.Zero), fields.Text("time_zone", "UTC"));
        fields.RefuseOthers();
        return recurrence;
    }
}
