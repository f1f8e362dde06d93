using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Reports;

/// <summary>How much a report asks for.</summary>
/// <param name="Rows">Read all rows, for the bytes of each metric and table and the number of partial rows. Takes as long as reading the store does.</param>
/// <param name="Check">Check the file's integrity, for which all of it is read. SQLite only; PostgreSQL has pg_amcheck.</param>
/// <param name="Top">Metrics to list.</param>
/// <param name="Retention">As configured; only for the report.</param>
public sealed record ReportScope(bool Rows, bool Check, int Top, Retention Retention);
