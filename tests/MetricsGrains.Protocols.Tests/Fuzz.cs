namespace MetricsGrains.Protocols.Tests;

/// <summary>Feeds a parser a million mutated inputs: no exception, no allocation, and whatever the check asserts.</summary>
internal static class Fuzz
{
    private const int Inputs = 1_000_000;
    private const int WarmUp = 20_000;

    // What the runtime allocates once, when a rare path first runs. One byte an input would be a million.
    private const long Tolerated = 4096;

    public delegate void Check(ReadOnlySpan<byte> input);

    public static void Run(int seed, byte[][] valid, byte[][] pieces, Check check)
    {
        var mutator = new Mutator(seed, valid, pieces);
        long before = 0;
        for (int i = 0; i < Inputs; i++)
        {
            if (i == WarmUp)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }
            ReadOnlySpan<byte> input = mutator.Next();
            try
            {
                check(input);
            }
            catch (Exception e)
            {
                Assert.Fail($"{e.GetType().Name}: {e.Message}; {mutator.Failure(input)} {e.StackTrace}");
            }
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= Tolerated, $"allocated {allocated} bytes; seed {seed}");
    }

    /// <summary>For checks: an assertion that costs nothing when it holds.</summary>
    public static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }
}
