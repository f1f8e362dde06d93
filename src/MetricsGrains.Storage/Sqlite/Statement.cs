using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>
/// A prepared statement over SQLite's own calls. SqliteCommand looks parameters up by name and checks every column for null
/// through a call of its own; with a dozen columns that costs more than SQLite does. Not thread-safe, like its connection.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _db;
    private readonly sqlite3_stmt _statement;
    private readonly IntPtr _address;

    public Statement(SqliteConnection connection, string sql)
    {
        _db = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_db, sql, out _statement), _db);
        _address = _statement.DangerousGetHandle();
    }

    public void Dispose() => _statement.Dispose();

    /// <param name="index">Starts at 1, as everywhere in SQLite.</param>
    public Statement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, index, value));
        return this;
    }

    /// <summary>SQLite keeps NaN as null; <see cref="Real"/> turns it back.</summary>
    public Statement Bind(int index, double value)
    {
        Check(raw.sqlite3_bind_double(_statement, index, value));
        return this;
    }

    public Statement BindNull(int index)
    {
        Check(raw.sqlite3_bind_null(_statement, index));
        return this;
    }

    public Statement Bind(int index, string value)
    {
        // An empty span has no address, and SQLite takes no address for null.
        Check(value.Length == 0
            ? raw.sqlite3_bind_text(_statement, index, value)
            : raw.sqlite3_bind_text(_statement, index, (ReadOnlySpan<byte>)Encoding.UTF8.GetBytes(value)));
        return this;
    }

    public Statement Bind(int index, ReadOnlySpan<byte> blob)
    {
        Check(blob.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index, 0) : raw.sqlite3_bind_blob(_statement, index, blob));
        return this;
    }

    /// <returns>True: on a row. False: done, and reset for another run.</returns>
    public bool Step()
    {
        int rc = raw.sqlite3_step(_statement);
        if (rc == raw.SQLITE_ROW)
        {
            return true;
        }
        if (rc != raw.SQLITE_DONE)
        {
            SqliteException.ThrowExceptionForRC(rc, _db);
        }
        raw.sqlite3_reset(_statement);
        return false;
    }

    /// <summary>Runs to the end.</summary>
    /// <returns>Rows changed by an insert, update or delete.</returns>
    public int Run()
    {
        while (Step())
        {
        }
        return raw.sqlite3_changes(_db);
    }

    /// <summary>Leaves a row before the end was reached.</summary>
    public void Reset() => raw.sqlite3_reset(_statement);

    public int Columns => raw.sqlite3_column_count(_statement);

    public long Int64(int column) => SqliteLibrary.Column.Int64(_address, column);

    public double Real(int column)
    {
        double value = SqliteLibrary.Column.Real(_address, column);
        return value == 0 && IsNull(column) ? double.NaN : value;
    }

    /// <returns>0: there is no parameter of that name, with its sign.</returns>
    public int IndexOf(string parameter) => raw.sqlite3_bind_parameter_index(_statement, parameter);

    public bool IsText(int column) => SqliteLibrary.Column.Type(_address, column) == raw.SQLITE_TEXT;

    public bool IsNull(int column) => SqliteLibrary.Column.Type(_address, column) == raw.SQLITE_NULL;

    /// <summary>Valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    /// <summary>As <see cref="Blob(int)"/> for a small blob in every one of many rows.</summary>
    /// <param name="buffer">Holds the copy; replaced when it is too small.</param>
    public ReadOnlySpan<byte> Blob(int column, ref byte[] buffer)
    {
        IntPtr blob = SqliteLibrary.Column.Blob(_address, column);
        int length = blob == IntPtr.Zero ? 0 : SqliteLibrary.Column.Bytes(_address, column);
        if (length == 0)
        {
            return default;
        }
        if (buffer.Length < length)
        {
            buffer = new byte[length * 2];
        }
        Marshal.Copy(blob, buffer, 0, length);
        return buffer.AsSpan(0, length);
    }

    /// <summary>Reads by length, so that a NUL in a name does not end it.</summary>
    public string Text(int column) => Encoding.UTF8.GetString(Blob(column));

    private void Check(int rc)
    {
        if (rc != raw.SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(rc, _db);
        }
    }
}
