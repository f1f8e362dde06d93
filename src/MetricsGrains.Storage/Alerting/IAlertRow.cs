namespace MetricsGrains.Storage.Alerting;

/// <summary>The row that a read is at. Columns count from 0.</summary>
internal interface IAlertRow
{
    bool IsNull(int column);

    /// <summary>Text, or a JSON document.</summary>
    string Text(int column);

    long Number(int column);

    /// <summary>NaN and the infinities too.</summary>
    double Real(int column);

    bool Flag(int column);

    Guid Uuid(int column);

    /// <summary>Unix ms.</summary>
    long Time(int column);
}
