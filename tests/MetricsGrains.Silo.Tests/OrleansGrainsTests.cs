using MetricsGrains.Contracts;
using MetricsGrains.Core.Grains;
using MetricsGrains.Crash.Tests.Stores;

namespace MetricsGrains.Silo.Tests;

/// <summary>What is asked of every host of grains, asked of Orleans'.</summary>
[RequiresPostgres]
public sealed class OrleansAppendTests(PostgresClusterFixture fixture) : GrainsAppendContract, IClassFixture<PostgresClusterFixture>
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => OrleansGrainsHarness.StartAsync(fixture, options);
}

/// <summary>As <see cref="OrleansAppendTests"/>, of questions.</summary>
[RequiresPostgres]
public sealed class OrleansReadTests(PostgresClusterFixture fixture) : GrainsReadContract, IClassFixture<PostgresClusterFixture>
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => OrleansGrainsHarness.StartAsync(fixture, options);
}
