// Package nasx is the root of a laboratory for neural architecture search. It
// holds no code: see the packages below it, and the list of references whose
// keys their comments cite.
//
// Equations are cited by number only where the paper was at hand; otherwise the
// section or nothing is cited, and the formula stands in the comment.
//
// # Methods
//
//   - [DARTS] Liu, Simonyan, Yang: DARTS: Differentiable Architecture Search. arXiv:1806.09055
//   - [SNAS] Xie, Zheng, Liu, Lin: SNAS: Stochastic Neural Architecture Search. arXiv:1812.09926
//   - [ENAS] Pham, Guan, Zoph, Le, Dean: Efficient Neural Architecture Search via Parameter Sharing. arXiv:1802.03268
//   - [NASNet] Zoph, Vasudevan, Shlens, Le: Learning Transferable Architectures for Scalable Image Recognition.
//     arXiv:1707.07012
//   - [NAS] Zoph, Le: Neural Architecture Search with Reinforcement Learning. arXiv:1611.01578
//   - [NAO] Luo, Tian, Qin, Chen, Liu: Neural Architecture Optimization. arXiv:1808.07233
//   - [IRLAS] Guo, Zhong, Wu, Ouyang, Lin, Yan: IRLAS: Inverse Reinforcement Learning for Architecture Search.
//     arXiv:1812.05285
//   - [PathLevel] Cai, Yang, Zhang, Han, Yu: Path-Level Network Transformation for Efficient Architecture Search.
//     arXiv:1806.02639
//   - [GDAS] Dong, Yang: Searching for a Robust Neural Architecture in Four GPU Hours. arXiv:1910.04465
//   - [REA] Real, Aggarwal, Huang, Le: Regularized Evolution for Image Classifier Architecture Search. arXiv:1802.01548
//   - [RSPS] Li, Talwalkar: Random Search and Reproducibility for Neural Architecture Search. arXiv:1902.07638
//
// # Benchmarks
//
//   - [NB201] Dong, Yang: NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search.
//     arXiv:2001.00326
//   - [NBMacro] Su, Huang, Li, You, Wang, Qian, Zhang, Xu: Prioritized Architecture Sampling with Monto-Carlo Tree
//     Search. CVPR 2021; NAS-Bench-Macro
//
// # Building blocks
//
//   - [Concrete] Maddison, Mnih, Teh: The Concrete Distribution: A Continuous Relaxation of Discrete Random Variables.
//     arXiv:1611.00712
//   - [Gumbel] Jang, Gu, Poole: Categorical Reparameterization with Gumbel-Softmax. arXiv:1611.01144
//   - [Williams92] Williams: Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning.
//     Machine Learning 8, 1992
//   - [PPO] Schulman, Wolski, Dhariwal, Radford, Klimov: Proximal Policy Optimization Algorithms. arXiv:1707.06347
//   - [GAE] Schulman, Moritz, Levine, Jordan, Abbeel: High-Dimensional Continuous Control Using Generalized Advantage
//     Estimation. arXiv:1506.02438
//   - [RUDDER] Arjona-Medina, Gillhofer, Widrich, Unterthiner, Brandstetter, Hochreiter: RUDDER: Return Decomposition
//     for Delayed Rewards. arXiv:1806.07857
//   - [SuttonBarto] Sutton, Barto: Reinforcement Learning: An Introduction. MIT Press, second edition, 2018
//   - [Adam] Kingma, Ba: Adam: A Method for Stochastic Optimization. arXiv:1412.6980
//   - [SGDR] Loshchilov, Hutter: SGDR: Stochastic Gradient Descent with Warm Restarts. arXiv:1608.03983
//   - [BatchNorm] Ioffe, Szegedy: Batch Normalization: Accelerating Deep Network Training by Reducing Internal
//     Covariate Shift. arXiv:1502.03167
package nasx
