using System.Text.Json;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>How alerting's calls cross between silos: the stored form, <see cref="AlertJson"/>, which older and newer programs read of each other.</summary>
internal static class AlertWire
{
    public static byte[] Encode<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, AlertJson.Options);

    /// <exception cref="JsonException">Damaged; says where.</exception>
    public static T Decode<T>(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize<T>(bytes, AlertJson.Options) ?? throw new JsonException("null where an object was expected");
}
