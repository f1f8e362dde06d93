namespace MetricsGrains.Core.Ports;

/// <summary>
/// A metric's grain does not answer, or does not have yet what the asking node's log has of it: its silo died or is leaving. To who asks it is as a store
/// that does not answer: what was asked can't be known now, and may be asked again.
/// </summary>
public sealed class GrainUnavailableException(string message, Exception? inner = null) : StoreUnavailableException(message, inner);
