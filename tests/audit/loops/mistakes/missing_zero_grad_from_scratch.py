"""Softmax regression on plain tensors, with an sgd function of its own."""

import torch
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "missing-zero-grad"
MISTAKE = "sgd() does not clear the gradients."


def softmax(X):
    X_exp = torch.exp(X)
    return X_exp / X_exp.sum(1, keepdims=True)


def cross_entropy(y_hat, y):
    return -torch.log(y_hat[list(range(len(y_hat))), y])


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size


def main(record):
    torch.manual_seed(0)
    X = torch.randn(512, 20)
    y = (X @ torch.randn(20, 4)).argmax(1)
    train_iter = DataLoader(TensorDataset(X[:400], y[:400]), 32, shuffle=True)
    test_iter = DataLoader(TensorDataset(X[400:], y[400:]), 32)
    W = torch.normal(0, 0.01, size=(20, 4), requires_grad=True)
    b = torch.zeros(4, requires_grad=True)

    def net(X):
        return softmax(torch.matmul(X.reshape((-1, W.shape[0])), W) + b)

    def evaluate():
        right = n = 0
        with torch.no_grad():
            for X, y in test_iter:
                right += (net(X).argmax(1) == y).sum().item()
                n += len(y)
        return right / n

    with record():
        for epoch in range(3):
            for X_, y_ in train_iter:
                loss = cross_entropy(net(X_), y_)
                loss.sum().backward()
                sgd([W, b], 0.1, len(y_))
            print(epoch, evaluate())
