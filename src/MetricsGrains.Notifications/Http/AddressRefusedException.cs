namespace MetricsGrains.Notifications.Http;

/// <summary>A host's name leads to private addresses only.</summary>
internal sealed class AddressRefusedException() : Exception("private address");
