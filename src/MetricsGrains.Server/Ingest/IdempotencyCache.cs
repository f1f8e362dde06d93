using System.Security.Cryptography;
using System.Text;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Ingest;

/// <summary>What a request was answered.</summary>
/// <param name="Rejected">The first of them, ordered by index.</param>
/// <param name="RejectedTotal">All of them.</param>
public sealed record PointsAnswer(int Status, long Accepted, IReadOnlyList<RejectedPoint> Rejected, int RejectedTotal, string? Error = null);

/// <summary>
/// Answers to requests with an Idempotency-Key, for ten minutes: a repeated one gets the first one's answer and counts once. The key's
/// hash is in the logged batch, so a repetition after a crash is known too. Thread-safe.
/// </summary>
public sealed class IdempotencyCache(TimeProvider time)
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private readonly Dictionary<Key, Entry> _answers = [];
    private readonly Queue<(Key Key, Entry Entry, long At)> _byAge = new();
    private readonly Lock _gate = new();

    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key))[..SampleBatchFormat.KeyBytes];

    /// <summary>Claims a key.</summary>
    /// <returns>Null: it is the caller's, who must <see cref="Complete"/> it. Else the answer of whoever had it first, perhaps still on its way.</returns>
    public Task<PointsAnswer>? TryClaim(ReadOnlySpan<byte> hash)
    {
        var key = Key.Of(hash);
        lock (_gate)
        {
            Forget();
            if (_answers.TryGetValue(key, out Entry? entry))
            {
                return entry.Answer.Task;
            }
            Add(key, new Entry());
            return null;
        }
    }

    /// <summary>Ends a claim. An answer that took nothing in for a passing reason (429, 503) is not kept: the next try is a first one.</summary>
    public void Complete(ReadOnlySpan<byte> hash, PointsAnswer answer)
    {
        var key = Key.Of(hash);
        lock (_gate)
        {
            if (_answers.TryGetValue(key, out Entry? entry))
            {
                if (answer.Status is 429 or >= 500)
                {
                    _answers.Remove(key);
                }
                entry.Answer.TrySetResult(answer);
            }
        }
    }

    /// <summary>A batch read back from the log was answered, or would have been. Its rejected points are not known any more.</summary>
    public void Restore(ReadOnlySpan<byte> hash, long samples)
    {
        var key = Key.Of(hash);
        lock (_gate)
        {
            if (!_answers.ContainsKey(key))
            {
                var entry = new Entry();
                entry.Answer.SetResult(new PointsAnswer(200, samples, [], 0));
                Add(key, entry);
            }
        }
    }

    private void Add(Key key, Entry entry)
    {
        _answers.Add(key, entry);
        _byAge.Enqueue((key, entry, time.GetTimestamp()));
    }

    private void Forget()
    {
        while (_byAge.TryPeek(out (Key Key, Entry Entry, long At) oldest) && time.GetElapsedTime(oldest.At) > KeptFor)
        {
            _byAge.Dequeue();
            // Not a younger claim of the same key, made after this one ended with a passing error.
            if (_answers.TryGetValue(oldest.Key, out Entry? entry) && entry == oldest.Entry)
            {
                _answers.Remove(oldest.Key);
            }
        }
    }

    private readonly record struct Key(ulong High, ulong Low)
    {
        public static Key Of(ReadOnlySpan<byte> hash) =>
            new(System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(hash), System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]));
    }

    private sealed class Entry
    {
        public TaskCompletionSource<PointsAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
