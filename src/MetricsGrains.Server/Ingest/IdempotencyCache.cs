using System.Buffers.Binary;
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
/// <param name="maxKeys">Answers kept at most, about 300 bytes each. Beyond them the oldest are forgotten before their time.</param>
public sealed class IdempotencyCache(TimeProvider time, int maxKeys = 250_000)
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    /// <summary>Answered, or on their way to an answer.</summary>
    private readonly Dictionary<Key, TaskCompletionSource<PointsAnswer>> _answers = [];

    /// <summary>The answered ones. Who is still under way must not be forgotten: its repetition would count twice.</summary>
    private readonly Queue<(Key Key, long At)> _answered = new();
    private readonly Lock _gate = new();

    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key))[..SampleBatchFormat.KeyBytes];

    /// <summary>Keys known.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _answers.Count;
            }
        }
    }

    /// <summary>Keys forgotten before their time because there were too many.</summary>
    public long ForgottenEarly { get; private set; }

    /// <summary>Claims a key.</summary>
    /// <returns>Null: it is the caller's, who must <see cref="Complete"/> it. Else the answer of whoever had it first, perhaps still on its way.</returns>
    public Task<PointsAnswer>? TryClaim(ReadOnlySpan<byte> hash)
    {
        var key = Key.Of(hash);
        lock (_gate)
        {
            Forget();
            if (_answers.TryGetValue(key, out TaskCompletionSource<PointsAnswer>? answer))
            {
                return answer.Task;
            }
            _answers.Add(key, NewAnswer());
            return null;
        }
    }

    /// <summary>Ends a claim. An answer that took nothing in for a passing reason (429, 503) is not kept: the next try is a first one.</summary>
    public void Complete(ReadOnlySpan<byte> hash, PointsAnswer answer)
    {
        var key = Key.Of(hash);
        lock (_gate)
        {
            if (!_answers.TryGetValue(key, out TaskCompletionSource<PointsAnswer>? claimed))
            {
                return;
            }
            if (answer.Status is 429 or >= 500)
            {
                _answers.Remove(key);
            }
            else
            {
                _answered.Enqueue((key, time.GetTimestamp()));
            }
            claimed.TrySetResult(answer);
        }
    }

    /// <summary>A batch read back from the log was answered, or would have been. Call in the order of the log, before anything is claimed.</summary>
    /// <param name="receivedMs">When it came, Unix ms. Nothing is kept that came longer ago than it would have been kept without the restart.</param>
    public void Restore(ReadOnlySpan<byte> hash, PointsAnswer answer, long receivedMs)
    {
        long age = Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds() - receivedMs);
        var key = Key.Of(hash);
        lock (_gate)
        {
            Forget();
            if (age > KeptFor.TotalMilliseconds || !_answers.TryAdd(key, NewAnswer()))
            {
                return;
            }
            _answers[key].SetResult(answer);
            _answered.Enqueue((key, time.GetTimestamp() - (age * time.TimestampFrequency / 1_000)));
        }
    }

    private static TaskCompletionSource<PointsAnswer> NewAnswer() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Forget()
    {
        while (_answered.TryPeek(out (Key Key, long At) oldest))
        {
            bool over = time.GetElapsedTime(oldest.At) > KeptFor;
            if (!over && _answered.Count < maxKeys)
            {
                return;
            }
            ForgottenEarly += over ? 0 : 1;
            _answered.Dequeue();
            _answers.Remove(oldest.Key);
        }
    }

    private readonly record struct Key(ulong High, ulong Low)
    {
        public static Key Of(ReadOnlySpan<byte> hash) => new(BinaryPrimitives.ReadUInt64LittleEndian(hash), BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]));
    }
}
