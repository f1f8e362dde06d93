using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>Reads what was typed into a form, and remembers what could not be read.</summary>
internal sealed class DraftReader
{
    private const string DurationForm = "write a time like 90s, 5m, 1h30m or 7d";

    private readonly List<FieldProblem> _problems = [];

    public IReadOnlyList<FieldProblem> Problems => _problems;

    public double? Number(string field, string text)
    {
        if (text.Trim().Length == 0)
        {
            _problems.Add(new FieldProblem(field, "write a number"));
            return null;
        }
        if (NumberText.TryParse(text, out double number))
        {
            return number;
        }
        _problems.Add(new FieldProblem(field, $"'{text.Trim()}' is no number: write one like 250, 0.95, 1.5k or 8Gi"));
        return null;
    }

    public TimeSpan Duration(string field, string text)
    {
        if (text.Trim() is "" or "0")
        {
            return TimeSpan.Zero;
        }
        if (AlertDuration.TryParse(text.Trim(), out TimeSpan duration))
        {
            return duration;
        }
        _problems.Add(new FieldProblem(field, $"'{text.Trim()}' is no time: {DurationForm}"));
        return TimeSpan.Zero;
    }

    /// <summary>A bare number is one of minutes.</summary>
    public int Minutes(string field, string text, int byDefault)
    {
        text = text.Trim();
        if (text.Length is > 0 and < 10 && text.All(char.IsAsciiDigit))
        {
            return int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        }
        if (!AlertDuration.TryParse(text, out TimeSpan duration))
        {
            _problems.Add(new FieldProblem(field, text.Length == 0 ? DurationForm : $"'{text}' is no time: {DurationForm}"));
            return byDefault;
        }
        if (duration.Ticks % TimeSpan.TicksPerMinute != 0)
        {
            _problems.Add(new FieldProblem(field, "must be whole minutes"));
            return byDefault;
        }
        return (int)duration.TotalMinutes;
    }

    public int Whole(string field, string text, int byDefault)
    {
        if (int.TryParse(text.Trim(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number))
        {
            return number;
        }
        _problems.Add(new FieldProblem(field, $"'{text.Trim()}' is no whole number"));
        return byDefault;
    }
}
