namespace MetricsGrains.Server.Alerting;

/// <summary>This activation of a grain is not the one any more: another has written its state.</summary>
internal sealed class SupersededException(string message, Exception? inner = null) : Exception(message, inner);
