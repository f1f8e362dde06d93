using System.Buffers.Binary;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Reads the annotations of one partition of a SQLite store, with all columns, in the order of their keys.</summary>
internal sealed class StoredAnnotations : IDisposable
{
    private readonly Statement _statement;

    /// <param name="after">What <see cref="Key"/> was on the row before the first one wanted; empty: from the beginning.</param>
    public StoredAnnotations(SqliteConnection connection, string table, ReadOnlySpan<long> after)
    {
        _statement = new Statement(connection, $"""
            SELECT at, id, level, title, text, host, source, aggregation_key, folded, tags, canonical FROM {table} WHERE (at, id) > (?1, ?2) ORDER BY at, id
            """);
        Span<byte> id = stackalloc byte[16];
        if (after is [_, long high, long low])
        {
            BinaryPrimitives.WriteInt64BigEndian(id, high);
            BinaryPrimitives.WriteInt64BigEndian(id[8..], low);
        }
        _statement.Bind(1, after.IsEmpty ? long.MinValue : after[0]).Bind(2, id);
    }

    public long AtMs => _statement.Int64(0);

    /// <summary>16 bytes, the most significant first; valid until the next read, like <see cref="Canonical"/>.</summary>
    public ReadOnlySpan<byte> Id => _statement.Blob(1);

    /// <summary>Time, and the id as two numbers.</summary>
    public long[] Key => [AtMs, BinaryPrimitives.ReadInt64BigEndian(Id), BinaryPrimitives.ReadInt64BigEndian(Id[8..])];

    /// <summary>Level, title, text, host, source, aggregation key, and title and text folded.</summary>
    public string[] Texts => [.. Enumerable.Range(2, 7).Select(_statement.Text)];

    public string TagsJson => _statement.Text(9);

    public ReadOnlySpan<byte> Canonical => _statement.Blob(10);

    public bool Read() => _statement.Step();

    public void Dispose() => _statement.Dispose();
}
