using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Partitioned;

/// <summary>
/// Splits a sealed batch into those of the partitions. A metric's slices all go to one, so that its samples keep their order and one log has them all. The
/// idempotency key and the receipt stay behind: they are the request's, and no partition has all of it.
/// </summary>
public static class PartitionSplit
{
    public static int PartitionOf(ulong metricHash, int partitions) => (int)(metricHash % (ulong)partitions);

    /// <param name="batch">Sealed; read to the end within the call.</param>
    /// <param name="maxBytes">Of one part. A slice that is larger by itself is taken apart; a single sample never is.</param>
    /// <returns>For each partition its parts, in the order of the slices; most often none or one.</returns>
    public static IReadOnlyList<byte[]>[] Split(ReadOnlySpan<byte> batch, int partitions, int maxBytes)
    {
        var parts = new Draft[partitions];
        for (int i = 0; i < partitions; i++)
        {
            parts[i] = new Draft(maxBytes - SliceBatch.OverheadBytes);
        }
        if (SampleBatch.TryRead(batch, out SampleBatch read))
        {
            foreach (SliceLocation location in read)
            {
                parts[PartitionOf(location.MetricHash, partitions)].Add(batch.Slice(location.Offset, location.Length));
            }
        }
        return Array.ConvertAll(parts, p => p.Seal());
    }

    private sealed class Draft(int maxBytes)
    {
        private readonly List<byte[]> _sealed = [];
        private readonly List<byte[]> _slices = [];
        private int _bytes;

        public void Add(ReadOnlySpan<byte> slice)
        {
            if (slice.Length + SliceBatch.SliceOverheadBytes <= maxBytes)
            {
                AddWhole(slice);
            }
            else if (SampleSlice.TryRead(slice, out SampleSlice read))
            {
                AddInPieces(in read);
            }
        }

        public IReadOnlyList<byte[]> Seal()
        {
            if (_slices.Count > 0)
            {
                _sealed.Add(SliceBatch.Of(_slices));
                _slices.Clear();
                _bytes = 0;
            }
            return _sealed;
        }

        private void AddWhole(ReadOnlySpan<byte> slice)
        {
            if (_bytes + slice.Length + SliceBatch.SliceOverheadBytes > maxBytes)
            {
                Seal();
            }
            _slices.Add(slice.ToArray());
            _bytes += slice.Length + SliceBatch.SliceOverheadBytes;
        }

        /// <summary>Written anew, sample for sample, each piece with the definitions it needs.</summary>
        private void AddInPieces(in SampleSlice slice)
        {
            Seal();
            var tags = new List<(SeriesId Id, byte[] Canonical)>();
            foreach (SampleSlice.SeriesEntry entry in slice.Series)
            {
                tags.Add((entry.Id, entry.CanonicalTags.ToArray()));
            }
            var piece = new SampleBatchBuilder();
            var known = new Dictionary<int, SeriesRef>();
            foreach (SampleSlice.Sample sample in slice.Samples)
            {
                if (sample.Series >= tags.Count)
                {
                    continue;
                }
                // With room for one more sample and its series.
                if (piece.SampleCount > 0 && piece.MaxEncodedLength() + (tags[sample.Series].Canonical.Length + sample.Sketch.Length + 128) > maxBytes)
                {
                    _sealed.Add(piece.ToArray());
                    piece.Clear();
                    known.Clear();
                }
                if (!known.TryGetValue(sample.Series, out SeriesRef series))
                {
                    (SeriesId id, byte[] canonical) = tags[sample.Series];
                    known.Add(sample.Series, series = piece.AddSeries(slice.Name, slice.Kind, slice.Unit, canonical, id));
                }
                if (slice.Kind == MetricKind.Histogram)
                {
                    piece.AddHistogram(series, sample.UnixMs, sample.Totals, sample.Sketch);
                }
                else
                {
                    piece.Add(series, sample.UnixMs, sample.Value, sample.Weight);
                }
            }
            if (piece.SampleCount > 0)
            {
                _sealed.Add(piece.ToArray());
            }
        }
    }
}
