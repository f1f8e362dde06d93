using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Tests.Grains;

public sealed class CrashTests
{
    private const int Rounds = 1000;

    [Theory]
    [InlineData(MetricKind.Gauge)]
    [InlineData(MetricKind.Counter)]
    [InlineData(MetricKind.CumulativeCounter)]
    [InlineData(MetricKind.CumulativeCounter, true)]
    [InlineData(MetricKind.Distribution)]
    [InlineData(MetricKind.Set)]
    [InlineData(MetricKind.Histogram)]
    public void Replay_AfterCrashesAnywhere_StoresEverySampleExactlyOnce(MetricKind kind, bool pressed = false)
    {
        int crashes = 0;
        for (int seed = 0; seed < Rounds; seed++)
        {
            var simulation = new CrashSimulation(kind, seed, pressed);
            simulation.Run();
            crashes += simulation.Crashes;
        }
        Assert.True(crashes > Rounds, $"only {crashes} crashes in {Rounds} rounds: the simulation no longer tests what it is for");
    }
}
