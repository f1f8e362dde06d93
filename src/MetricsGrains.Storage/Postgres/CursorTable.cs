using MetricsGrains.Core.Ports;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>The flush cursors.</summary>
internal static class CursorTable
{
    /// <summary>
    /// Ends when no transaction that moves cursors is under way. A killed node's COMMIT may have reached the server and still be at work there;
    /// a start that did not wait would miss its cursor and write its rows a second time under the next one. Call before anything else in a
    /// transaction: the lock comes before the snapshot.
    /// </summary>
    public static async Task WaitForWritersAsync(Session session, CancellationToken cancel)
    {
        await session.RunAsync("SET LOCAL lock_timeout = '20s'", cancel);
        await session.RunAsync("LOCK TABLE flush_cursor IN SHARE MODE", cancel);
    }

    /// <param name="metrics">Null: of all metrics.</param>
    public static async Task<List<FlushCursor>> LoadAsync(Session session, IReadOnlyList<string>? metrics, CancellationToken cancel)
    {
        var cursors = new List<FlushCursor>();
        const string Select = "SELECT metric, stream, origin, replay_from, applied_through, open_from FROM flush_cursor";
        await using NpgsqlCommand command = metrics is null ? session.Command(Select) : session.Command(Select + " WHERE metric = ANY($1)", Texts([.. metrics]));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            cursors.Add(new FlushCursor(
                reader.GetString(0), (FlushStream)reader.GetInt16(1), reader.GetString(2),
                (ulong)reader.GetDecimal(3), (ulong)reader.GetDecimal(4), reader.GetInt64(5)));
        }
        return cursors;
    }

    /// <summary>Whether the stored cursor stands where <see cref="FlushCursor.After"/> wants it, if it wants that. It stands there until the transaction ends.</summary>
    public static async Task<bool> IsDueAsync(Session session, FlushCursor cursor, CancellationToken cancel)
    {
        if (cursor.After is not { } after)
        {
            return true;
        }
        // A lock of its own rather than the row's: before the first write there is no row. The statement after it sees what the one before us committed.
        await session.RunAsync("SELECT pg_advisory_xact_lock(hashtextextended('flush_cursor ' || $1 || ' ' || $2, 0))", cancel, Text(cursor.Metric), Text(cursor.Origin));
        const string Sql = """
            SELECT CASE WHEN coalesce((SELECT applied_through FROM flush_cursor WHERE metric = $1 AND stream = $2 AND origin = $3), 0) = $4[1]
                        THEN 1::bigint ELSE 0::bigint END
            """;
        return await session.NumberAsync(Sql, cancel, Text(cursor.Metric), Small((int)cursor.Stream), Text(cursor.Origin), Unsigned([after])) == 1;
    }

    /// <summary>Moves the cursors of flushes in their order.</summary>
    /// <returns>The flushes that are not in the store already: those of which a cursor moved, and those without one.</returns>
    public static async Task<List<T>> TakeAsync<T>(Session session, IReadOnlyList<T> flushes, Func<T, IReadOnlyList<FlushCursor>> cursorsOf, CancellationToken cancel)
    {
        var taken = new List<T>();
        var round = new List<T>();
        var keys = new HashSet<Key>();
        foreach (T flush in flushes)
        {
            // One statement can move a cursor once. A second flush of the same cursor waits for the first.
            if (cursorsOf(flush).Any(c => keys.Contains(Key.Of(c))))
            {
                await TakeRoundAsync(session, round, cursorsOf, taken, cancel);
                round.Clear();
                keys.Clear();
            }
            round.Add(flush);
            keys.UnionWith(cursorsOf(flush).Select(Key.Of));
        }
        await TakeRoundAsync(session, round, cursorsOf, taken, cancel);
        return taken;
    }

    private static async Task TakeRoundAsync<T>(Session session, List<T> round, Func<T, IReadOnlyList<FlushCursor>> cursorsOf, List<T> taken, CancellationToken cancel)
    {
        // The same order in every transaction, so that two of them never wait for each other crosswise.
        FlushCursor[] cursors = [.. round.SelectMany(cursorsOf).DistinctBy(Key.Of).OrderBy(Key.Of)];
        HashSet<Key> moved = await MoveAsync(session, cursors, cancel);
        taken.AddRange(round.Where(f => cursorsOf(f).Count == 0 || cursorsOf(f).Any(c => moved.Contains(Key.Of(c)))));
    }

    /// <summary>
    /// Moves the cursors that are beyond the stored ones. One statement that locks what it compares: should an earlier attempt
    /// with the same cursor still be committing on a connection that was cut, this waits for it and then sees its cursor.
    /// </summary>
    /// <param name="cursors">One of a key.</param>
    /// <returns>The keys of those that moved.</returns>
    public static async Task<HashSet<Key>> MoveAsync(Session session, FlushCursor[] cursors, CancellationToken cancel)
    {
        const string Sql = """
            INSERT INTO flush_cursor AS c (metric, stream, origin, replay_from, applied_through, open_from)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
            ON CONFLICT (metric, stream, origin) DO UPDATE
              SET replay_from = excluded.replay_from, applied_through = excluded.applied_through, open_from = excluded.open_from
              WHERE (excluded.applied_through, excluded.open_from) > (c.applied_through, c.open_from)
            RETURNING metric, stream, origin
            """;
        var moved = new HashSet<Key>();
        if (cursors.Length == 0)
        {
            return moved;
        }
        await using NpgsqlCommand command = session.Command(
            Sql,
            Texts(Array.ConvertAll(cursors, c => c.Metric)), Smalls(Array.ConvertAll(cursors, c => (short)c.Stream)), Texts(Array.ConvertAll(cursors, c => c.Origin)),
            Unsigned(Array.ConvertAll(cursors, c => c.ReplayFrom)), Unsigned(Array.ConvertAll(cursors, c => c.AppliedThrough)), Numbers(Array.ConvertAll(cursors, c => c.OpenFromMs)));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            moved.Add(new Key(reader.GetString(0), (FlushStream)reader.GetInt16(1), reader.GetString(2)));
        }
        return moved;
    }

    /// <summary>As it is stored.</summary>
    public readonly record struct Key(string Metric, FlushStream Stream, string Origin) : IComparable<Key>
    {
        public static Key Of(FlushCursor cursor) => new(PgText.Of(cursor.Metric), cursor.Stream, PgText.Of(cursor.Origin));

        public int CompareTo(Key other)
        {
            int order = string.CompareOrdinal(Metric, other.Metric);
            order = order != 0 ? order : Stream.CompareTo(other.Stream);
            return order != 0 ? order : string.CompareOrdinal(Origin, other.Origin);
        }
    }
}
