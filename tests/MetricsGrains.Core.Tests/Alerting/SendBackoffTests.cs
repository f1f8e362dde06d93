using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

public sealed class SendBackoffTests
{
    [Fact]
    public void After_GrowingAttempts_IsJitteredBelowAGrowingBound()
    {
        const int seed = 3;
        var random = new Random(seed);
        for (int attempts = 1; attempts < 200; attempts++)
        {
            double most = Math.Min(600, 5 * Math.Pow(2, Math.Min(attempts - 1, 30)));
            double longest = Enumerable.Range(0, 200).Max(_ => SendBackoff.After(attempts, null, random).TotalSeconds);
            Check.That(longest <= most && longest > most * 0.8, $"seed {seed}: after {attempts} attempts up to {longest} s, want up to {most}");
        }
    }

    [Fact]
    public void After_RetryAfter_IsNeverLess()
    {
        var random = new Random(1);
        Assert.All(Enumerable.Range(1, 50), n => Assert.True(SendBackoff.After(n, TimeSpan.FromHours(2), random) >= TimeSpan.FromHours(2)));
        Assert.Equal(TimeSpan.FromHours(24), SendBackoff.After(1, TimeSpan.FromDays(400), random));
        Assert.True(SendBackoff.After(1, TimeSpan.FromSeconds(-5), random) >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void TokenBucket_RatePerMinute_IsTheBurstAndTheRate()
    {
        var bucket = new TokenBucket(30, 0);
        Assert.Equal(30, Enumerable.Range(0, 100).Count(_ => bucket.TryTake(0)));
        Assert.Equal(30, Enumerable.Range(0, 600).Count(i => bucket.TryTake(i * 100L)) + (bucket.TryTake(60_000) ? 1 : 0));
        Assert.False(bucket.TryTake(-1_000_000));
        Assert.True(bucket.TryTake(-1_000_000 + 2_001));
    }
}
