namespace MetricsGrains.Contracts.Alerting;

internal sealed class BreakingListException() : Exception("the element can't be had");
