using MetricsGrains.Contracts;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Hosting;

namespace MetricsGrains.Server.Tests.Hosting;

internal sealed class InProcessHarness(int shards, MetricGrainOptions options) : GrainsHarness
{
    private readonly InProcessGrainHost _host = new(shards, new GrainLimits(options, new Dictionary<string, int>()), [], long.MinValue, "node-1", TimeProvider.System);

    public override IGrains Grains => _host;

    public override ValueTask DisposeAsync() => _host.DisposeAsync();
}

public sealed class OneShardAppendTests : GrainsAppendContract
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => Task.FromResult<GrainsHarness>(new InProcessHarness(1, options));
}

public sealed class TwoShardsAppendTests : GrainsAppendContract
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => Task.FromResult<GrainsHarness>(new InProcessHarness(2, options));
}

public sealed class EightShardsAppendTests : GrainsAppendContract
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => Task.FromResult<GrainsHarness>(new InProcessHarness(8, options));
}

public sealed class OneShardReadTests : GrainsReadContract
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => Task.FromResult<GrainsHarness>(new InProcessHarness(1, options));
}

public sealed class TwoShardsReadTests : GrainsReadContract
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => Task.FromResult<GrainsHarness>(new InProcessHarness(2, options));
}

public sealed class EightShardsReadTests : GrainsReadContract
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => Task.FromResult<GrainsHarness>(new InProcessHarness(8, options));
}
