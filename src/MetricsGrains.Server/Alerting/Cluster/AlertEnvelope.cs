using System.Text.Json;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>
/// What a grain of alerting writes at once, in the JSON of <see cref="AlertJson"/>: its state, and what goes with it into the alert store, so that it can be
/// brought there by the next activation when this one does not live to do it.
/// </summary>
internal sealed record AlertEnvelope<TState>(TState State, IReadOnlyList<OutboxMessage> Messages, IReadOnlyList<AlertEvent> Events)
{
    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, AlertJson.Options);

    /// <returns>Null: there is none.</returns>
    /// <exception cref="JsonException">Damaged; says where.</exception>
    public static AlertEnvelope<TState>? Decode(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? null : JsonSerializer.Deserialize<AlertEnvelope<TState>>(bytes.Span, AlertJson.Options);
}
