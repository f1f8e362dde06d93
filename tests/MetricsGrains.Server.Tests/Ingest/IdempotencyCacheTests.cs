using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Tests.Ingest;

public sealed class IdempotencyCacheTests
{
    private readonly ManualTime _time = new(DateTimeOffset.UtcNow);

    [Fact]
    public void Claim_MoreKeysThanAreKept_ForgetsTheOldestAnsweredOnly()
    {
        var cache = new IdempotencyCache(_time, maxKeys: 3);
        Assert.Null(cache.TryClaim(Hash(0)));
        for (int i = 1; i <= 5; i++)
        {
            Assert.Null(cache.TryClaim(Hash(i)));
            cache.Complete(Hash(i), Answer(i));
        }

        Assert.Null(cache.TryClaim(Hash(6)));

        // The first is still under way: forgotten, its repetition would count twice.
        Assert.False(cache.TryClaim(Hash(0))!.IsCompleted);
        Assert.NotNull(cache.TryClaim(Hash(5)));
        Assert.Equal(3, cache.ForgottenEarly);
        Assert.Null(cache.TryClaim(Hash(1)));
    }

    [Fact]
    public async Task Restore_ByAge_IsKeptForWhatIsLeftOfTenMinutes()
    {
        var cache = new IdempotencyCache(_time);
        cache.Restore(Hash(1), Answer(1), _time.NowMs - 600_001);
        cache.Restore(Hash(2), Answer(2), _time.NowMs - 540_000);
        // A clock that went back: it may have come just now.
        cache.Restore(Hash(3), Answer(3), _time.NowMs + 120_000);

        Assert.Equal(2, cache.Count);
        Assert.Equal(2, (await cache.TryClaim(Hash(2))!).Accepted);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Null(cache.TryClaim(Hash(2)));
        Assert.Equal(3, (await cache.TryClaim(Hash(3))!).Accepted);
    }

    [Fact]
    public async Task Restore_KeyThatIsThere_KeepsTheFirstAnswer()
    {
        var cache = new IdempotencyCache(_time);
        cache.Restore(Hash(1), Answer(1), _time.NowMs);
        cache.Restore(Hash(1), Answer(2), _time.NowMs);
        Assert.Equal(1, (await cache.TryClaim(Hash(1))!).Accepted);
    }

    private static byte[] Hash(int key) => IdempotencyCache.HashOf($"key-{key}");

    private static PointsAnswer Answer(int accepted) => new(200, accepted, [], 0);
}
