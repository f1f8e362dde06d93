using System.Diagnostics;
using System.Globalization;
using MetricsGrains.Storage.Alerting;
using MetricsGrains.Storage.Postgres;

namespace MetricsGrains.Storage.Transfer;

/// <summary>A column of an alert table, the same in both databases but for its type.</summary>
/// <param name="Compared">False: PostgreSQL keeps it in a form of its own, and it is derived from what is compared.</param>
internal readonly record struct AlertColumn(string Name, AlertValueKind Kind, bool Compared = true)
{
    public AlertValue Read(IAlertRow row, int column) => (row.IsNull(column), Kind) switch
    {
        (true, _) => new AlertValue(Kind, true, "", 0, 0, default),
        (_, AlertValueKind.Text) => AlertValue.Of(row.Text(column)),
        (_, AlertValueKind.Json) => AlertValue.Json(row.Text(column)),
        (_, AlertValueKind.Number) => AlertValue.Of(row.Number(column)),
        (_, AlertValueKind.Real) => AlertValue.Of(row.Real(column)),
        (_, AlertValueKind.Flag) => AlertValue.Of(row.Flag(column)),
        (_, AlertValueKind.Uuid) => AlertValue.Of(row.Uuid(column)),
        (_, AlertValueKind.Time) => AlertValue.Time(row.Time(column)),
        _ => throw new UnreachableException($"BUG: a column of kind {Kind}"),
    };

    /// <summary>A value as it looks once it was in PostgreSQL, which can't hold every text and every time.</summary>
    public static string TextInPostgres(AlertValue value) => value.IsNull ? "-" : value.Kind switch
    {
        AlertValueKind.Text => "+" + PgText.Of(value.Text),
        AlertValueKind.Json => "+" + PgText.OfJson(value.Text),
        AlertValueKind.Number or AlertValueKind.Flag => value.Number.ToString(CultureInfo.InvariantCulture),
        AlertValueKind.Real => BitConverter.DoubleToInt64Bits(double.IsNaN(value.Real) ? double.NaN : value.Real).ToString(CultureInfo.InvariantCulture),
        AlertValueKind.Uuid => value.Uuid.ToString("N"),
        AlertValueKind.Time => PgTime.FromUnixMs(value.Number).ToString(CultureInfo.InvariantCulture),
        _ => throw new UnreachableException($"BUG: a value of kind {value.Kind}"),
    };
}
