"""Elsewhere: names of PyTorch, Keras and scikit-learn that nn has not, and what to use here.

It is asked only when somebody has asked nn for a name that is not there.
"""

from __future__ import annotations

LOSS = "losses are functions here: nn."
LAYERS = "nn trains on rows of numbers, a scalar at a time, and has no layers for pictures"
OWN = "write a Module whose forward does it"
INSTEAD = {
    # PyTorch
    "MSELoss": f"{LOSS}mse",
    "L1Loss": f"{LOSS}l1",
    "HuberLoss": f"{LOSS}huber",
    "SmoothL1Loss": f"{LOSS}huber with delta=1.0",
    "CrossEntropyLoss": f"{LOSS}cross_entropy, of logits and a class",
    "NLLLoss": f"{LOSS}nll",
    "BCELoss": f"{LOSS}binary_cross_entropy",
    "BCEWithLogitsLoss": f"{LOSS}binary_cross_entropy_with_logits",
    "MarginRankingLoss": f"{LOSS}hinge, of a score and a label of -1 or 1",
    "KLDivLoss": "nn.cross_entropy takes the probabilities of all classes as a target",
    "Parameter": "every leaf Value in an attribute is a parameter: self.w = Value(0.5)",
    "ParameterList": "a list of Values in an attribute is found: self.w = [Value(0.5)]",
    "ModuleList": "a list of modules in an attribute is found: self.layers = [nn.Linear(2, 1)]",
    "ModuleDict": 'a dict of modules in an attribute is found: self.parts = {"a": nn.Linear(2, 1)}',
    "functional": "functions are names of nn itself: nn.relu, nn.softmax, nn.cross_entropy",
    "utils": "nn.clip_grad_norm_ and nn.clip_grad_value_ are names of nn itself",
    "lr_scheduler": "schedules are names of nn itself: nn.StepLR, nn.CosineAnnealingLR",
    "LambdaLR": "a subclass of nn.Schedule; in nn.fit, nn.LearningRateScheduler(function)",
    "MultiStepLR": "nn.SequentialLR, or a subclass of nn.Schedule with a factor of its own",
    "OneCycleLR": "nn.SequentialLR of nn.LinearLR and nn.CosineAnnealingLR",
    "CosineAnnealingWarmRestarts": "nn.SequentialLR of several nn.CosineAnnealingLR",
    "Adamax": "nn.Adam; a method of your own is a subclass of nn.Optimizer with a formula",
    "NAdam": "nn.Adam; a method of your own is a subclass of nn.Optimizer with a formula",
    "Adadelta": "nn.RMSprop; a method of your own is a subclass of nn.Optimizer with a formula",
    "LBFGS": "scipy.optimize.minimize with autograd_lite.value_and_grad",
    "DataLoader": "nn.fit makes batches; for a loop of your own there is nn.batches(x, y, size=32)",
    "TensorDataset": "lists and arrays will do, or nn.as_samples(x, y)",
    "Tensor": "numbers are autograd_lite.Value, one by one, in lists",
    "tensor": "numbers are autograd_lite.Value, one by one, in lists",
    "no_grad": "autograd_lite.no_grad",
    "manual_seed": "random.seed(0) at the top repeats everything; layers and nn.fit take seed=0",
    "save": 'model.save("model.json")',
    "load": 'model.load("model.json")',
    "Identity": "a Module whose forward gives x, or leave it out",
    "Flatten": "a Module whose forward joins the rows: [x for row in rows for x in row]",
    "BatchNorm1d": "nn.LayerNorm or nn.RMSNorm: here a layer sees one sample at a time",
    "BatchNorm2d": LAYERS,
    "Conv1d": f"{LAYERS}; {OWN} with autograd_lite.dot",
    "Conv2d": f"{LAYERS}; {OWN} with autograd_lite.dot",
    "MaxPool2d": f"{LAYERS}; {OWN} with autograd_lite.max",
    "AvgPool2d": f"{LAYERS}; {OWN} with autograd_lite.sum",
    "MultiheadAttention": "nn.CausalSelfAttention(width, heads), or nn.attend",
    "Transformer": "nn.CausalSelfAttention, nn.LayerNorm and nn.Linear; see examples/gpt.py",
    "TransformerEncoderLayer": "nn.CausalSelfAttention, nn.LayerNorm and nn.Linear",
    "Mish": f"{OWN}: x * nn.softplus(x).tanh()",
    "Hardtanh": f"{OWN} with autograd_lite.clip",
    # Keras
    "Dense": "nn.Linear(inputs, outputs), and an activation after it, such as nn.ReLU()",
    "Activation": "nn.ReLU(), nn.Tanh() and others, or the functions nn.relu, nn.tanh",
    "Input": "sizes are given to the layers: nn.Linear(inputs, outputs)",
    "Model": "nn.Module, with a forward",
    "SimpleRNN": "nn.RNN",
    "compile": "loss and optimizer are given to nn.fit; autograd_lite.compile makes a tape",
    "evaluate": "nn.accuracy(nn.predict(model, x), y), or validation_data of nn.fit",
    "ModelCheckpoint": 'nn.Checkpoint("run.json", best_only=True, monitor="val_loss")',
    "BackupAndRestore": 'nn.Checkpoint("run.json", resume=True)',
    "LambdaCallback": "a subclass of nn.Callback with the hooks that it wants",
    "TerminateOnNaN": "nn.fit raises nn.NotFiniteError by itself, and says where it began",
    "TensorBoard": "nn.Monitor()",
    "to_categorical": "nn.one_hot(label, classes), of one label",
    "categorical_crossentropy": "nn.cross_entropy, of logits and probabilities",
    "sparse_categorical_crossentropy": "nn.cross_entropy, of logits and a class",
    "binary_crossentropy": "nn.binary_cross_entropy, or nn.binary_cross_entropy_with_logits",
    "mean_absolute_error": "nn.l1",
    "mae": "nn.l1",
    "optimizers": "optimizers are names of nn itself: nn.Adam",
    # scikit-learn
    "mean_squared_error": "nn.mse",
    "KFold": "nn.k_fold(n, k, seed=0)",
    "StratifiedKFold": "nn.k_fold(y, k, stratify=True)",
    "LeaveOneOut": "nn.leave_one_out(n)",
    "cross_val_score": "nn.cross_validate(make_model, x, y, folds=5)",
    "GridSearchCV": "scikit-learn's own with nn.sklearn.Classifier",
    "MLPClassifier": "nn.sklearn.Classifier",
    "MLPRegressor": "nn.sklearn.Regressor",
    "StandardScaler": "nn.datasets.scaled(data, like=training_data)",
    "OneHotEncoder": "nn.one_hot(label, classes), of one label",
    "LabelEncoder": "nn.as_samples(x, labels) gives classes and their names",
    "accuracy_score": "nn.accuracy(predictions, targets), in this order",
    "f1_score": "scikit-learn's own, of nn.predict_classes(model, x)",
    "make_moons": "nn.datasets.moons(100)",
    "make_circles": "nn.datasets.circles(100)",
    "load_iris": "nn.datasets.iris()",
    "load_digits": "nn.datasets.digits()",
    # micrograd
    "Value": "autograd_lite.Value",
}


def instead_of(name: str) -> str:
    """What to use here for a name from elsewhere, as the end of a message; "" if it is unknown."""
    return f"; {INSTEAD[name]}" if name in INSTEAD else ""
