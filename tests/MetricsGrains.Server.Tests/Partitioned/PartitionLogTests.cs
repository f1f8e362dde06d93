using MetricsGrains.Contracts;
using MetricsGrains.Server.Partitioned;

namespace MetricsGrains.Server.Tests.Partitioned;

/// <summary>Every reader of a partition sees the same records, wherever it begins.</summary>
public sealed class PartitionLogTests
{
    private const long T0 = 1_767_000_000_000;

    private readonly InMemoryHub _hub = new(1);

    [Fact]
    public async Task Read_FromAnywhere_GivesWhatIsThereFromThereOn()
    {
        for (ulong i = 1; i <= 5; i++)
        {
            Put(1, i);
        }
        Assert.Equal([1, 2, 3, 4, 5], await ReadAsync(0));
        Assert.Equal([4, 5], await ReadAsync(4));
        Assert.Empty(await ReadAsync(6));
        Assert.Equal("eh/test/hub/0", new PartitionLog(_hub, "0").Origin);
    }

    /// <summary>A repeat is one for who began to read behind the first attempt too: else a restart between the two would count twice.</summary>
    [Fact]
    public async Task Read_ARepeatedBatch_IsThereOnceWhereverReadingBegins()
    {
        Put(1, 1);
        Put(2, 1);
        Put(1, 2);
        Put(2, 2);
        Put(3, 1);
        // Sender 1 did not hear of its second, sent when the partition ended at 2.
        Put(1, 2, floor: 2);
        Put(1, 3);
        // Sender 2's third was lost: the repeat is the first of it.
        Put(2, 3, floor: 4);
        ulong[] all = [1, 2, 3, 4, 5, 7, 8];
        for (ulong from = 0; from <= 9; from++)
        {
            Assert.Equal(all.Where(s => s >= from), await ReadAsync(from));
        }
    }

    [Fact]
    public async Task Read_ARepeatWhoseFirstAttemptTheHubForgot_IsTaken()
    {
        Put(1, 1);
        Put(2, 1);
        Put(1, 1, floor: 0);
        _hub.Forget("0", 2);
        // A repeat comes within half a minute of the first, and a hub keeps events for an hour at least: what is between the two was read long ago, or is lost.
        Assert.Equal([2, 3], await ReadAsync(0));
    }

    [Fact]
    public async Task Read_DamageInBetween_IsLeftOut()
    {
        Put(1, 1);
        _hub.Put("0", "somebody else's"u8.ToArray());
        _hub.Put("0", []);
        Put(1, 2);
        Assert.Equal([1, 4], await ReadAsync(0));
    }

    [Fact]
    public async Task Read_WhileMoreArrives_EndsWithWhatWasThereAtTheCall()
    {
        Put(1, 1);
        Put(1, 2);
        _hub.Reading = () =>
        {
            _hub.Reading = () => Task.CompletedTask;
            Put(1, 3);
            return Task.CompletedTask;
        };
        Assert.Equal([1, 2], await ReadAsync(0));
        Assert.Equal([1, 2, 3], await ReadAsync(0));
    }

    [Fact]
    public async Task Read_OldestEventsForgotten_BeginsWithTheOldestThereIs()
    {
        for (ulong i = 1; i <= 5; i++)
        {
            Put(1, i);
        }
        _hub.Forget("0", 4);
        Assert.Equal([4, 5], await ReadAsync(2));
    }

    /// <summary>Random senders, outcomes and places to begin, against the plain definition: a batch counts where it is first.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Read_RandomHistories_AgreeWithTheFirstOfEachBatch(int seed)
    {
        var random = new Random(seed);
        var seen = new HashSet<(ulong, ulong)>();
        var expected = new List<ulong>();
        ulong[] numbers = new ulong[4];
        ulong?[] retryFrom = new ulong?[4];
        ulong at = 0;
        for (int i = 0; i < 400; i++)
        {
            ulong sender = (ulong)random.Next(4);
            bool isRetry = retryFrom[sender] is not null;
            ulong floor = retryFrom[sender] ?? at - Math.Min(at, (ulong)random.Next(5));
            numbers[sender] += isRetry ? 0UL : 1UL;
            if (random.Next(4) > 0)
            {
                Put(sender + 1, numbers[sender], isRetry ? floor : null);
                at++;
                if (seen.Add((sender, numbers[sender])))
                {
                    expected.Add(at);
                }
            }
            retryFrom[sender] = random.Next(3) == 0 ? floor : null;
        }
        for (int i = 0; i < 60; i++)
        {
            ulong from = (ulong)random.Next((int)at);
            Assert.True(expected.Where(s => s >= from).SequenceEqual(await ReadAsync(from)), $"seed {seed}, from {from}");
        }
    }

    private Task<ulong[]> ReadAsync(ulong from) => Partitions.SequencesAsync(new PartitionLog(_hub, "0"), from);

    private void Put(ulong sender, ulong number, ulong? floor = null) =>
        _hub.Put("0", new EventEnvelope(sender, number, floor, T0, Observed.Batch(Observed.Counter("m", "", T0, 1))).ToArray());
}
