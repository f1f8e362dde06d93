namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>
/// Random lives of a channel with crashes: what fires and is not kept back is told in time, nothing is told twice but by a crash between sending
/// and saving, and every end of what was told is told.
/// </summary>
public sealed class ChannelPropertyTests
{
    private const int Worlds = 20;

    [Fact]
    public async Task ChannelGrain_RandomWorlds_KeepTheirPromises()
    {
        for (int seed = 0; seed < Worlds; seed++)
        {
            await new ChannelWorld(seed).LiveAsync(1_500);
        }
    }
}
