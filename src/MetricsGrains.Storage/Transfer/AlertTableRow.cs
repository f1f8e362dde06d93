using MetricsGrains.Storage.Alerting;

namespace MetricsGrains.Storage.Transfer;

/// <param name="Key">Its place in the order it was read in.</param>
internal readonly record struct AlertTableRow(AlertValue[] Key, AlertValue[] Values);
