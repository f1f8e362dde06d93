using MetricsGrains.Core.Cluster;

namespace MetricsGrains.Core.Wire;

/// <summary>The bytes by which a silo tells of new activations, and of the answer; docs/formats/dispatch.md draws them.</summary>
public static class NewActivationCodec
{
    public const byte Version = 1;

    private const int LeastActivationBytes = 3;
    private const int LeastHoldingBytes = 3;

    public static byte[] Encode(IReadOnlyList<NewActivation> activations)
    {
        MessageWriter to = MessageWriter.Start(Version);
        to.Unsigned((ulong)activations.Count);
        for (int i = 0; i < activations.Count; i++)
        {
            int start = to.Length;
            to.Text(activations[i].Metric);
            to.Unsigned(activations[i].Epoch);
            to.PrefixFrom(start);
        }
        return to.Finish();
    }

    /// <exception cref="MessageFormatException">The bytes are no list of activations that this version understands.</exception>
    public static IReadOnlyList<NewActivation> Decode(ReadOnlySpan<byte> bytes)
    {
        MessageReader from = MessageReader.Start(bytes, "A list of activations", Version);
        var activations = new NewActivation[from.Count(LeastActivationBytes)];
        for (int i = 0; i < activations.Length; i++)
        {
            MessageReader one = from.Nested();
            activations[i] = new NewActivation(one.Text(), one.Unsigned());
        }
        return activations;
    }

    public static byte[] EncodeAnswer(IReadOnlyList<OriginHolding> holdings)
    {
        MessageWriter to = MessageWriter.Start(Version);
        to.Unsigned((ulong)holdings.Count);
        foreach (OriginHolding holding in holdings)
        {
            int start = to.Length;
            to.Text(holding.Origin);
            to.Unsigned((ulong)holding.Indexes.Count);
            foreach (int index in holding.Indexes)
            {
                to.Unsigned((ulong)index);
            }
            to.PrefixFrom(start);
        }
        return to.Finish();
    }

    /// <exception cref="MessageFormatException">The bytes are no answer that this version understands.</exception>
    public static IReadOnlyList<OriginHolding> DecodeAnswer(ReadOnlySpan<byte> bytes)
    {
        MessageReader from = MessageReader.Start(bytes, "An answer to new activations", Version);
        var holdings = new OriginHolding[from.Count(LeastHoldingBytes)];
        for (int i = 0; i < holdings.Length; i++)
        {
            MessageReader one = from.Nested();
            string origin = one.Text();
            int[] indexes = new int[one.Count(1)];
            for (int k = 0; k < indexes.Length; k++)
            {
                ulong index = one.Unsigned();
                indexes[k] = index <= int.MaxValue ? (int)index : throw one.Damaged($"an index is {index}");
            }
            holdings[i] = new OriginHolding(origin, indexes);
        }
        return holdings;
    }
}
