namespace MetricsGrains.Core.Alerting;

/// <summary>How a value is held against the threshold. Stored and sent by name.</summary>
public enum AlertCondition : byte
{
    Gt = 1,
    Lt = 2,
    Gte = 3,
    Lte = 4,
    Eq = 5,
    Ne = 6,
}
