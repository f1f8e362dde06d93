using System.Text.Json;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Cluster;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>What a silo tells the others about its part of alerting, every second and whenever it matters; as the JSON of <see cref="AlertJson"/>. Ages instead of times: clocks may differ.</summary>
/// <param name="IsReady">Whether it takes rules and channels; false when it is about to leave.</param>
/// <param name="UninterruptedForMs">For how long it has taken in samples without a break; 0 or less while it does not.</param>
/// <param name="Interruption">What ended before that.</param>
/// <param name="SoundAgoMs">How long ago a rule was last evaluated here and its data could be read; 0 where there is none.</param>
/// <param name="Causes">What inhibits, of the rules evaluated here.</param>
/// <param name="Channels">Channels that are sent through from here.</param>
/// <param name="Failing">Those of them that don't deliver: <see cref="ChannelFailure.Notice"/>.</param>
internal sealed record AlertingReport(
    bool IsReady, long UninterruptedForMs, string Interruption, long SoundAgoMs, IReadOnlyList<AlertNotice> Causes, IReadOnlyList<Guid> Channels, IReadOnlyList<AlertNotice> Failing, RuleFigures Rules)
{
    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, AlertJson.Options);

    /// <exception cref="JsonException">Damaged.</exception>
    public static AlertingReport Decode(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize<AlertingReport>(bytes, AlertJson.Options) ?? throw new JsonException("null where a report was expected");
}
